import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { QuixClientEvents } from 'quix-streams-auth';
import { errorOf } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { clientOf } from './scripted-portal.ts';

closeAfterEach();

const workspace = { workspaceId: 'org-project-dev' };

describe('a client', () => {
  it(
    'shares one exchange among 10 000 callers, whether it fails or succeeds',
    { meta: { faults: [70] } },
    async () => {
      const portal = await startPortal();
      const client = makeClient(portal, workspace);
      const call = () => client.getBrokerCredentials();
      portal.faults.push({ status: 403 });
      const failed = await Promise.all(Array.from({ length: 10_000 }, () => errorOf(call())));
      expect(new Set(failed.map(({ code }) => code))).toEqual(new Set(['QUIX_FORBIDDEN']));
      const all = await Promise.all(Array.from({ length: 10_000 }, call));
      expect(new Set(all).size).toBe(1);
      const settings = portal.requests.filter(({ path }) => path.endsWith('/librdkafka'));
      expect(settings).toHaveLength(2);
    },
  );

  it(
    'starts a new exchange for a call made after a failed exchange',
    { meta: { faults: [71] } },
    async () => {
      const portal = await startPortal();
      const client = makeClient(portal, workspace);
      portal.revokeToken(portal.token1);
      const later = client.getBrokerCredentials().catch(() => client.getBrokerCredentials());
      expect((await errorOf(later)).code).toBe('QUIX_TOKEN_REJECTED');
      expect(client.describe().exchanges).toBe(2);
    },
  );

  it(
    'serves the other callers when the first caller aborts',
    { meta: { faults: [72] } },
    async () => {
      const portal = await startPortal({ latencyMs: 50 });
      const client = makeClient(portal, workspace);
      const controller = new AbortController();
      const first = client.getBrokerCredentials({ signal: controller.signal });
      const second = client.getBrokerCredentials();
      controller.abort();
      await expect(first).rejects.toBe(controller.signal.reason);
      expect((await second).generation).toBe(1);
      expect(portal.requests).toHaveLength(1);
    },
  );

  it(
    'completes the exchange for the cache when all callers abort',
    { meta: { faults: [73] } },
    async () => {
      const portal = await startPortal({ latencyMs: 50 });
      const client = makeClient(portal, workspace);
      const reason = new Error('aborted');
      const controller = new AbortController();
      const { signal } = controller;
      setTimeout(() => {
        controller.abort(reason);
      }, 10);
      const calls = Array.from({ length: 10 }, () => client.getBrokerCredentials({ signal }));
      await Promise.all(calls.map((call) => expect(call).rejects.toBe(reason)));
      await vi.waitFor(() => {
        expect(client.describe().state).toBe('ready');
      });
      await client.getBrokerCredentials();
      expect(portal.requests).toHaveLength(1);
    },
  );

  it.each<(secret: string) => unknown>([
    (secret) => new Error(secret),
    (secret) => secret,
    (secret) => ({ code: secret }),
    () => undefined,
    () => null,
  ])(
    'turns the value that a dispatcher throws into a retryable error without exposing it (%#)',
    { meta: { faults: [74] } },
    async (make) => {
      const secret = randomSecret();
      const dispatcher = {
        dispatch: () => {
          throw make(secret);
        },
      };
      const client = clientOf('https://portal.example', {
        dispatcher: dispatcher as never,
        timeoutMs: 300,
      });
      const error = await errorOf(client.getBrokerCredentials());
      expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
      expect(error.message).toContain('portal.example');
      expectNoLeak(error, [secret]);
    },
  );

  it('discards a response that arrives after a newer one', { meta: { faults: [75] } }, async () => {
    const portal = await startPortal();
    const client = makeClient(portal, workspace);
    portal.setBroker({ clientId: 'old' });
    await client.getBrokerCredentials();
    const settings = (await client.getBrokerCredentials()).toLibrdkafka();
    portal.faults.push({ delayMs: 200, body: { ...settings, 'client.id': 'late' } });
    const slow = client.getBrokerCredentials({ forceRefresh: true });
    await delay(50);
    portal.setBroker({ clientId: 'new' });
    await client.rotateToken(portal.token2);
    await slow;
    expect((await client.getBrokerCredentials()).clientId).toBe('new');
  });

  it(
    'runs one exchange for many invalidations and waits a cooldown before the next',
    { meta: { faults: [76] } },
    async () => {
      const portal = await startPortal();
      const client = makeClient(portal, workspace);
      const refused = await client.getBrokerCredentials();
      portal.requests.length = 0;
      for (let index = 0; index < 50; index++) client.invalidate(refused);
      const again = await Promise.all(
        Array.from({ length: 50 }, () => client.getBrokerCredentials()),
      );
      expect(portal.requests).toHaveLength(1);
      for (const each of again) client.invalidate(each);
      const error = await errorOf(client.getBrokerCredentials());
      expect(error.code).toBe('QUIX_CREDENTIALS_REFUSED');
      expect(error.retryAfterMs).toBeGreaterThan(0);
      expect(portal.requests).toHaveLength(1);
    },
  );

  it(
    'keeps serving the cached credentials when a refresh fails and does not retry at once',
    { meta: { faults: [77] } },
    async () => {
      const portal = await startPortal();
      const client = makeClient(portal, { ...workspace, maxAgeMs: 1, timeoutMs: 200 });
      const held = await client.getBrokerCredentials();
      const failures: string[] = [];
      client.on('refreshFailed', ({ code }) => failures.push(code));
      portal.faults.push({ transport: 'reset', times: Infinity });
      for (let round = 0; round < 4; round++) {
        await delay(150);
        expect(await client.getBrokerCredentials()).toBe(held);
      }
      expect(failures).toEqual(['QUIX_PORTAL_UNAVAILABLE']);
    },
  );

  it(
    'serves cached credentials of any age while the Portal is unavailable',
    { meta: { faults: [78] } },
    async () => {
      const portal = await startPortal();
      const client = makeClient(portal, { ...workspace, timeoutMs: 100 });
      const held = await client.getBrokerCredentials();
      await portal.close();
      expect(await client.getBrokerCredentials()).toBe(held);
      expect(await client.getBrokerCredentials({ forceRefresh: true })).toBe(held);
    },
  );

  it.each([
    [
      'throw',
      () => {
        throw new Error('listener');
      },
    ],
    ['reject', () => Promise.reject(new Error('listener'))],
    ['close the client', undefined],
  ])('is not affected by listeners that %s', { meta: { faults: [79] } }, async (_, act) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const portal = await startPortal();
    const client = makeClient(portal, workspace);
    let others = 0;
    client.on('credentials', () => (act ?? (() => client.close()))() as never);
    client.on('credentials', () => others++);
    expect((await client.getBrokerCredentials()).generation).toBe(1);
    expect(others).toBe(1);
    await delay(0);
    expect(warned).toHaveBeenCalledTimes(act ? 1 : 0);
  });

  it('works without any listener', { meta: { faults: [80] } }, async () => {
    const portal = await startPortal();
    const client = makeClient(portal, workspace);
    portal.rotateTokens();
    await errorOf(client.getBrokerCredentials());
    expect((client.emit as (name: keyof QuixClientEvents | 'error') => boolean)('error')).toBe(
      false,
    );
  });

  it(
    'rejects pending calls and discards the response when it is closed during an exchange',
    { meta: { faults: [81] } },
    async () => {
      const portal = await startPortal({ latencyMs: 100 });
      const client = makeClient(portal, workspace);
      const calls = Array.from({ length: 3 }, () => errorOf(client.getBrokerCredentials()));
      await delay(30);
      await client.close();
      expect((await Promise.all(calls)).map(({ code }) => code)).toEqual(
        Array(3).fill('QUIX_CLIENT_CLOSED'),
      );
      await delay(120);
      expect(client.describe()).toMatchObject({ state: 'closed', generation: 0 });
    },
  );

  it('can be closed twice and rejects every later call', { meta: { faults: [82] } }, async () => {
    const portal = await startPortal();
    const client = makeClient(portal, workspace);
    await client.getBrokerCredentials();
    await Promise.all([client.close(), client.close()]);
    await client[Symbol.asyncDispose]();
    for (const use of [
      () => client.getBrokerCredentials(),
      () => client.rotateToken('sdk-x'),
      () => client.getTopic('a'),
      () => client.getConsumerGroup('a'),
    ]) {
      expect((await errorOf(use())).code).toBe('QUIX_CLIENT_CLOSED');
    }
    client.invalidate();
  });

  it('exchanges a token while timers are faked', { meta: { faults: [85] } }, async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'Date'] });
    try {
      const portal = await startPortal();
      expect((await makeClient(portal, workspace).getBrokerCredentials()).generation).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });
});
