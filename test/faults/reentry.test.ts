import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { QuixError, type QuixClientOptions, type QuixStreamingClient } from 'quix-streams-auth';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { errorOf } from '../support/errors.ts';
import { asked, closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

/** More calls of the token function than this are a recursion. */
const MAX_CALLS = 5;

type Call = (client: QuixStreamingClient, portal: PortalEmulator) => Promise<unknown>;

const CALLS: Readonly<Record<string, Call>> = {
  getBrokerCredentials: (client) => client.getBrokerCredentials(),
  'getBrokerCredentials with forceRefresh': (client) =>
    client.getBrokerCredentials({ forceRefresh: true }),
  getTopics: (client) => client.getTopics(),
  getTopic: (client) => client.getTopic('f1-data'),
  getWorkspace: (client) => client.getWorkspace(),
  getConsumerGroup: (client) => client.getConsumerGroup('group'),
  getTransactionalId: (client) => client.getTransactionalId('id'),
  checkPermission: (client) =>
    client.checkPermission({ resourceType: 'Workspace', resourceId: 'w', permission: 'Read' }),
  rotateToken: (client, portal) => client.rotateToken(() => portal.token1),
};

/** Creates a client with a token function that calls `reenter` with the client. */
async function clientWith(
  reenter: (client: QuixStreamingClient, portal: PortalEmulator) => unknown,
  options: QuixClientOptions = {},
) {
  const portal = await startPortal();
  const calls = { count: 0 };
  const client = makeClient(portal, {
    token: async () => {
      if (++calls.count > MAX_CALLS) throw new Error('The token function was called recursively.');
      await reenter(client, portal);
      return portal.token1;
    },
    timeoutMs: 4_000,
    ...options,
  });
  return { client, portal, calls };
}

/** Returns a promise and the function that resolves it. */
function createDeferred() {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return {
    promise,
    resolve: () => {
      resolve();
    },
  };
}

function expectReentryError(error: unknown): void {
  expect(error).toBeInstanceOf(QuixError);
  expect(error).toMatchObject({ code: 'QUIX_TOKEN_SOURCE_FAILED', retryable: false });
  expect((error as QuixError).message).toMatch(
    /token function called its own client.*without this/,
  );
}

describe('a token function that calls its own client', () => {
  it.each(Object.keys(CALLS))(
    'with %s is called once, and every call fails with an error that explains the cause',
    { meta: { faults: [107] } },
    async (name) => {
      for (const outer of Object.values(CALLS)) {
        if (outer === CALLS['rotateToken']) continue; // rotateToken() does not call the token function
        const { client, portal, calls } = await clientWith((own, at) => CALLS[name]?.(own, at));
        expectReentryError(await errorOf(outer(client, portal)));
        expect(calls.count).toBe(1);
        expect(asked(portal)).toEqual([]);
      }
    },
  );

  it('may handle the error, and the outer call succeeds', { meta: { faults: [107] } }, async () => {
    const errors: unknown[] = [];
    const { client, calls } = await clientWith((own) =>
      own.getTopics().catch((error: unknown) => errors.push(error)),
    );
    expect((await client.getBrokerCredentials()).generation).toBe(1);
    expect(calls.count).toBe(1);
    expectReentryError(errors[0]);
  });

  it(
    'is detected before and after its first await, and when it does not wait for the call',
    { meta: { faults: [107] } },
    async () => {
      const errors: unknown[] = [];
      const keep = (error: unknown): void => void errors.push(error);
      const { client, calls } = await clientWith(async (own) => {
        void own.getTopics().catch(keep);
        await delay(1);
        await Promise.all([1, 2].map(async () => own.getWorkspace().catch(keep)));
      });
      await client.getBrokerCredentials();
      expect(calls.count).toBe(1);
      expect(errors).toHaveLength(3);
      errors.forEach(expectReentryError);
    },
  );

  it(
    'is detected in the functions of fallbackToken and rotateToken()',
    { meta: { faults: [107] } },
    async () => {
      const portal = await startPortal();
      const errors: unknown[] = [];
      let calls = 0;
      const provider = async (): Promise<string> => {
        if (++calls > MAX_CALLS) throw new Error('recursion');
        await client.getTopics().catch((error: unknown) => errors.push(error));
        return portal.token1;
      };
      const client = makeClient(portal, { token: 'sdk-unknown-token', fallbackToken: provider });
      await client.getBrokerCredentials();
      await client.rotateToken(provider);
      expect(calls).toBe(2);
      expect(errors).toHaveLength(2);
      errors.forEach(expectReentryError);
    },
  );

  it(
    'is detected when it calls its own client through another client',
    { meta: { faults: [107] } },
    async () => {
      const {
        client: first,
        portal,
        calls,
      } = await clientWith(() => second.getBrokerCredentials());
      const second = makeClient(portal, {
        token: async () => {
          await first.getTopics();
          return portal.token1;
        },
      });
      const error = await errorOf(first.getBrokerCredentials());
      expect(error.code).toBe('QUIX_TOKEN_SOURCE_FAILED');
      expect(calls.count).toBe(1);
    },
  );
});

describe('a token function', () => {
  it('may use cached credentials of its own client', { meta: { faults: [107] } }, async () => {
    const generations: number[] = [];
    let isCached = false;
    const { client } = await clientWith(async (own) => {
      if (isCached) generations.push((await own.getBrokerCredentials()).generation);
    });
    await client.getBrokerCredentials();
    isCached = true;
    await client.getTopics();
    expect(generations).toEqual([1]);
  });

  it('may wait for another client', { meta: { faults: [107] } }, async () => {
    const { client, portal } = await clientWith(() => other.getTopics());
    const other = makeClient(portal);
    expect((await client.getBrokerCredentials()).generation).toBe(1);
  });

  it('does not affect concurrent calls', { meta: { faults: [107] } }, async () => {
    const deferred = createDeferred();
    const { client } = await clientWith(() => deferred.promise);
    const calls = [
      client.getBrokerCredentials(),
      client.getBrokerCredentials(),
      client.getTopics(),
      client.getWorkspace(),
    ];
    deferred.resolve();
    await expect(Promise.all(calls)).resolves.toHaveLength(4);
  });

  it(
    'may start work that calls its own client later, even while the function runs again',
    { meta: { faults: [107] } },
    async () => {
      const functionEnded = createDeferred();
      const second = createDeferred();
      let later: Promise<unknown> | undefined;
      const { client, calls } = await clientWith(async (own) => {
        if (calls.count === 1) later = functionEnded.promise.then(() => own.getTopics());
        if (calls.count === 2) await second.promise;
      });
      await client.getBrokerCredentials();
      const running = client.getWorkspace();
      functionEnded.resolve();
      await expect(later).resolves.toEqual([]);
      expect(calls.count).toBe(3);
      second.resolve();
      await running;
    },
  );
});

/** Subscribes to events of all exchanges until the test finishes. */
function onExchange(event: string, listener: () => void): void {
  const name = `tracing:quix-streams-auth:exchange:${event}`;
  subscribe(name, listener);
  onTestFinished(() => void unsubscribe(name, listener));
}

describe('a subscriber of the tracing channel', () => {
  it.each(['start', 'end', 'asyncStart', 'asyncEnd'])(
    'that requests credentials of its client in %s gets the credentials of the same exchange',
    { meta: { faults: [107] } },
    async (event) => {
      const portal = await startPortal();
      const client = makeClient(portal, { workspaceId: portal.workspaceId });
      const results: Promise<unknown>[] = [];
      onExchange(event, () => {
        if (results.length > MAX_CALLS) throw new Error('recursion');
        results.push(client.getBrokerCredentials({ forceRefresh: true }));
      });
      const credentials = await client.getBrokerCredentials();
      expect(await Promise.all(results)).toEqual([credentials]);
      expect(portal.requests).toHaveLength(1);
    },
  );

  it.each(['start', 'asyncEnd'])(
    'that rotates the token of its client in %s gets an error that explains the cause',
    { meta: { faults: [107] } },
    async (event) => {
      const portal = await startPortal();
      const client = makeClient(portal, { workspaceId: portal.workspaceId });
      const errors: Promise<QuixError>[] = [];
      onExchange(event, () => {
        if (errors.length > MAX_CALLS) return;
        errors.push(errorOf(client.rotateToken(portal.token1)));
      });
      await client.getBrokerCredentials();
      await Promise.all(errors);
      expect(errors).toHaveLength(1);
      const error = await errors[0];
      expect(error?.code).toBe('QUIX_TOKEN_SOURCE_FAILED');
      expect(error?.message).toMatch(/tracing channel.*rotateToken\(\)/);
      expect(portal.requests).toHaveLength(1);
    },
  );

  it(
    'does not prevent event listeners from rotating the token',
    { meta: { faults: [107] } },
    async () => {
      const portal = await startPortal();
      const client = makeClient(portal, { token: 'sdk-unknown-token' });
      onExchange('start', () => undefined);
      const rotations: Promise<unknown>[] = [];
      client.once('tokenRejected', () => rotations.push(client.rotateToken(portal.token1)));
      await errorOf(client.getBrokerCredentials());
      expect(await Promise.all(rotations)).toMatchObject([{ generation: 1 }]);
    },
  );
});
