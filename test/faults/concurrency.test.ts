import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { QuixClientEvents } from 'quix-streams-auth';
import { errorOf } from '../support/errors.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { clientOf } from './portal-of-faults.ts';

closeAfterEach();

const ws = { workspaceId: 'org-project-dev' };

describe('a client', () => {
  it('fault 70: of 10 000 callers makes one exchange, also when it fails, and all get the same', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, ws);
    const call = () => client.getBrokerCredentials();
    portal.faults.push({ status: 403 });
    const failed = await Promise.all(Array.from({ length: 10_000 }, () => errorOf(call())));
    expect(new Set(failed.map(({ code }) => code))).toEqual(new Set(['QUIX_FORBIDDEN']));
    const all = await Promise.all(Array.from({ length: 10_000 }, call));
    expect(new Set(all).size).toBe(1);
    const settings = portal.requests.filter(({ path }) => path.endsWith('/librdkafka'));
    expect(settings).toHaveLength(2);
  });

  it('fault 71: begins a new exchange for who comes when one has just failed', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, ws);
    portal.revokeToken(portal.token1);
    const later = client.getBrokerCredentials().catch(() => client.getBrokerCredentials());
    expect((await errorOf(later)).code).toBe('QUIX_TOKEN_REJECTED');
    expect(client.describe().exchanges).toBe(2);
  });

  it('fault 72: serves the others when the first caller gives up', async () => {
    const portal = await startPortal({ latencyMs: 50 });
    const client = makeClient(portal, ws);
    const controller = new AbortController();
    const first = client.getBrokerCredentials({ signal: controller.signal });
    const second = client.getBrokerCredentials();
    controller.abort();
    await expect(first).rejects.toBe(controller.signal.reason);
    expect((await second).generation).toBe(1);
    expect(portal.requests).toHaveLength(1);
  });

  it('fault 73: goes on for the cache when all callers give up', async () => {
    const portal = await startPortal({ latencyMs: 50 });
    const client = makeClient(portal, ws);
    const reason = new Error('no more');
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
  });

  it.each([new Error('odd'), 'text', undefined, null, { code: 42 }])(
    'fault 74: makes an error of its own of what a dispatcher throws: %#',
    async (thrown) => {
      const dispatcher = {
        dispatch: () => {
          // eslint-disable-next-line @typescript-eslint/only-throw-error -- a dispatcher is not ours
          throw thrown;
        },
      };
      const client = clientOf('https://portal.example', {
        dispatcher: dispatcher as never,
        timeoutMs: 300,
      });
      expect((await errorOf(client.getBrokerCredentials())).code).toMatch(/^QUIX_/);
    },
  );

  it('fault 75: drops an answer that comes after a newer one', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, ws);
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

  it('fault 76: makes one exchange of a storm of invalidations, and of those that follow one a cooldown', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, ws);
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
  });

  it('fault 77: serves what it holds when a refresh fails, says so, and does not hurry to try again', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { ...ws, maxAgeMs: 1, timeoutMs: 200 });
    const held = await client.getBrokerCredentials();
    const failures: string[] = [];
    client.on('refreshFailed', ({ code }) => failures.push(code));
    portal.faults.push({ transport: 'reset', times: Infinity });
    for (let round = 0; round < 4; round++) {
      await delay(150);
      expect(await client.getBrokerCredentials()).toBe(held);
    }
    expect(failures).toEqual(['QUIX_PORTAL_UNAVAILABLE']);
  });

  it('fault 78: holds credentials of any age while the Portal is away', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { ...ws, timeoutMs: 100 });
    const held = await client.getBrokerCredentials();
    await portal.close();
    expect(await client.getBrokerCredentials()).toBe(held);
    expect(await client.getBrokerCredentials({ forceRefresh: true })).toBe(held);
  });

  it.each([
    [
      'throw',
      () => {
        throw new Error('listener');
      },
    ],
    ['reject', () => Promise.reject(new Error('listener'))],
    ['close the client', undefined],
  ])('fault 79: is not disturbed by listeners that %s', async (_, act) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const portal = await startPortal();
    const client = makeClient(portal, ws);
    let others = 0;
    client.on('credentials', () => (act ?? (() => client.close()))() as never);
    client.on('credentials', () => others++);
    expect((await client.getBrokerCredentials()).generation).toBe(1);
    expect(others).toBe(1);
    await delay(0);
    expect(warned).toHaveBeenCalledTimes(act ? 1 : 0);
  });

  it('fault 80: needs no listener, whatever happens', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, ws);
    portal.rotateTokens();
    await errorOf(client.getBrokerCredentials());
    expect((client.emit as (name: keyof QuixClientEvents | 'error') => boolean)('error')).toBe(
      false,
    );
  });

  it('fault 81: that is closed during an exchange rejects who waits and drops the answer', async () => {
    const portal = await startPortal({ latencyMs: 100 });
    const client = makeClient(portal, ws);
    const calls = Array.from({ length: 3 }, () => errorOf(client.getBrokerCredentials()));
    await delay(30);
    await client.close();
    expect((await Promise.all(calls)).map(({ code }) => code)).toEqual(
      Array(3).fill('QUIX_CLIENT_CLOSED'),
    );
    await delay(120);
    expect(client.describe()).toMatchObject({ state: 'closed', generation: 0 });
  });

  it('fault 82: may be closed twice, and says so when it is used after that', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, ws);
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

  it('fault 85: works under fake timers as long as they are moved on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'Date'] });
    try {
      const portal = await startPortal();
      expect((await makeClient(portal, ws).getBrokerCredentials()).generation).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });
});
