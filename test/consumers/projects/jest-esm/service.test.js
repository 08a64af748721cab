import { afterEach, expect, jest, test } from '@jest/globals';
import { QuixStreamingClient } from 'quix-streams-auth';
import { startPortalEmulator } from 'quix-streams-auth/testing';

afterEach(() => {
  jest.useRealTimers();
});

test('a streaming token', async () => {
  const quix = new QuixStreamingClient();
  expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-project-dev');
  await quix.close();
});

test('default fake timers', async () => {
  jest.useFakeTimers();
  const quix = new QuixStreamingClient();
  expect((await quix.getBrokerCredentials()).brokers).not.toEqual([]);
  await quix.close();
});

test('a Personal Access Token, which is a JWT, with the emulator', async () => {
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const inOneHour = Math.floor(Date.now() / 1000) + 3600;
  const pat = [{ alg: 'RS256' }, { exp: inOneHour }, 'signature'].map(encode).join('.');
  const portal = await startPortalEmulator();
  portal.addToken({ token: pat });
  const quix = new QuixStreamingClient({ token: pat, env: portal.env });
  expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-project-dev');
  await quix.close();
  await portal.close();
});
