import timers from 'node:timers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { errorOf } from '../support/errors.ts';
import { answer, startServer } from '../support/scripted-server.ts';
import { clientOf, good, SETTINGS } from './scripted-portal.ts';

/**
 * The functions that Jest 30 and Vitest 4 replace by default, except `process.nextTick()`. Jest
 * replaces it in a copy of `process`. Here, Node itself would use the fake function.
 */
const FAKED = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'queueMicrotask',
  'performance',
  'Date',
] as const;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const workspaces = answer(200, [{ workspaceId: 'org-project-dev', name: 'dev', status: 'Ready' }]);

describe('while all timers are faked', () => {
  it(
    'an exchange of two requests and a second exchange complete',
    { meta: { faults: [109] } },
    async () => {
      const server = await startServer([workspaces, good]);
      const client = clientOf(server.origin, { workspaceId: undefined });
      vi.useFakeTimers({ toFake: [...FAKED] });
      expect((await client.getBrokerCredentials()).generation).toBe(1);
      expect((await client.getBrokerCredentials({ forceRefresh: true })).generation).toBe(2);
      expect(server.heads).toHaveLength(3);
      expect(client.describe().ageMs).toBe(0);
    },
  );

  it('close() resolves and closes the connections', { meta: { faults: [109] } }, async () => {
    const server = await startServer([workspaces, good]);
    const client = clientOf(server.origin, { workspaceId: undefined });
    vi.useFakeTimers({ toFake: [...FAKED] });
    await client.getBrokerCredentials();
    await client.close();
    vi.useRealTimers();
    await expect.poll(() => server.open.size).toBe(0);
  });

  it(
    'an exchange of two requests and close() complete if the client is imported after the timers were faked',
    { meta: { faults: [109] } },
    async () => {
      const server = await startServer([workspaces, good]);
      vi.useFakeTimers({ toFake: [...FAKED] });
      // The fake timers of sinon also replace the functions of this module.
      vi.spyOn(timers, 'setImmediate').mockImplementation(globalThis.setImmediate);
      vi.resetModules();
      const { QuixStreamingClient } = await import('../../src/index.ts');
      const client = new QuixStreamingClient({ token: 'sdk-x', portalApi: server.origin, env: {} });
      expect((await client.getBrokerCredentials()).generation).toBe(1);
      expect(server.heads).toHaveLength(2);
      await client.close();
      vi.useRealTimers();
      await expect.poll(() => server.open.size).toBe(0);
    },
  );

  it(
    'a retry and the deadline wait until the test advances the clock',
    { meta: { faults: [109] } },
    async () => {
      const server = await startServer([answer(503), good]);
      const client = clientOf(server.origin);
      vi.useFakeTimers({ toFake: [...FAKED] });
      const retried = client.getBrokerCredentials();
      await vi.waitFor(() => {
        expect(server.heads).toHaveLength(1);
      });
      await vi.advanceTimersByTimeAsync(2_000);
      expect((await retried).brokers).toEqual([SETTINGS['bootstrap.servers']]);
      const silent = await startServer(() => undefined);
      const pending = errorOf(clientOf(silent.origin).getBrokerCredentials());
      await vi.waitFor(() => {
        expect(silent.heads).toHaveLength(1);
      });
      await vi.advanceTimersByTimeAsync(31_000);
      expect((await pending).code).toBe('QUIX_PORTAL_UNAVAILABLE');
    },
  );
});
