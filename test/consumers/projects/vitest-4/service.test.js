import { QuixStreamingClient } from 'quix-streams-auth';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the first exchange under default fake timers', async () => {
  const quix = new QuixStreamingClient();
  expect((await quix.getBrokerCredentials()).workspaceId).toBe('org-project-dev');
  await quix.close();
});

test('the emulator under default fake timers', async () => {
  const portal = await startPortalEmulator({ topics: ['f1-data'] });
  const quix = new QuixStreamingClient({ env: portal.env });
  expect((await quix.getTopic('f1-data')).id).toBe('org-project-dev-f1-data');
  await quix.close();
  await portal.close();
});
