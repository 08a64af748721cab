// Tests a service with vitest. Each test starts a Portal emulator with its own random tokens.
//
//   npm install --save-dev vitest
import { QuixStreamingClient } from 'quix-streams-auth';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStream } from './service.ts';

let portal: PortalEmulator;
let quix: QuixStreamingClient;

beforeEach(async () => {
  portal = await startPortalEmulator({ topics: ['f1-data'] });
  quix = new QuixStreamingClient({ env: portal.env });
});
afterEach(async () => {
  await quix.close();
  await portal.close();
});

it('opens the stream of an existing topic', async () => {
  expect(await openStream(quix, 'f1-data')).toEqual({
    topicId: 'org-project-dev-f1-data',
    groupId: 'org-project-dev-f1-data',
  });
});

it('creates a topic that does not exist', async () => {
  await openStream(quix, 'laps');
  expect(portal.topics.has('laps')).toBe(true);
});

it('retries when the Portal is unavailable for a moment', async () => {
  portal.faults.push({ status: 503, headers: { 'retry-after': '0' } });
  await openStream(quix, 'f1-data');
  expect(portal.requests.map(({ status }) => status)).toContain(503);
});

it('fails after a rotation deactivated its token', async () => {
  portal.rotateTokens();
  await expect(openStream(quix, 'f1-data')).rejects.toMatchObject({ code: 'QUIX_TOKEN_REJECTED' });
});

it('switches to Token 2 when it has both tokens', async () => {
  const { token1, token2 } = portal;
  await using both = new QuixStreamingClient({
    token: token1,
    fallbackToken: token2,
    env: portal.env,
  });
  portal.rotateTokens();
  expect((await openStream(both, 'f1-data')).topicId).toBe('org-project-dev-f1-data');
});
