import { describe, expect, it } from 'vitest';
import { QuixStreamingClient } from 'quix-streams-auth';
import { codeOf, errorOf, errorThrown } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

describe('the first credentials', () => {
  it('are not asked for by the constructor', async () => {
    const portal = await startPortal();
    makeClient(portal);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(portal.requests).toHaveLength(0);
  });

  it('cost one request when the workspace is known', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { workspaceId: portal.workspaceId });
    const credentials = await client.getBrokerCredentials();
    expect(credentials.workspaceId).toBe(portal.workspaceId);
    expect(portal.requests.map(({ path }) => path)).toEqual([
      `/workspaces/${portal.workspaceId}/broker/librdkafka`,
    ]);
  });

  it('cost one request when Quix__Workspace__Id names the workspace', async () => {
    const portal = await startPortal();
    const env = { ...portal.env, Quix__Workspace__Id: portal.workspaceId };
    await makeClient(portal, { env }).getBrokerCredentials();
    expect(portal.requests).toHaveLength(1);
  });

  it('cost two requests when the workspace has to be found', async () => {
    const portal = await startPortal();
    await makeClient(portal).getBrokerCredentials();
    expect(portal.requests.map(({ path }) => path)).toEqual([
      '/workspaces',
      `/workspaces/${portal.workspaceId}/broker/librdkafka`,
    ]);
  });

  it('are one snapshot for 10 000 concurrent callers, from one exchange', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    const all = await Promise.all(
      Array.from({ length: 10_000 }, () => client.getBrokerCredentials()),
    );
    expect(new Set(all).size).toBe(1);
    expect(portal.requests).toHaveLength(2);
    expect(client.describe()).toMatchObject({ state: 'ready', exchanges: 1, generation: 1 });
  });

  it('are handed out as one promise once they are held', async () => {
    const client = makeClient(await startPortal());
    await client.getBrokerCredentials();
    expect(client.getBrokerCredentials()).toBe(client.getBrokerCredentials());
  });

  it('fail for 10 000 concurrent callers with one exchange, and the next call begins a new one', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { token: 'sdk-00000000000000000000000000000000' });
    const calls = Array.from({ length: 10_000 }, () => client.getBrokerCredentials());
    const codes = new Set(
      (await Promise.allSettled(calls)).map(
        (each) => each.status === 'rejected' && codeOf(each.reason),
      ),
    );
    expect([...codes]).toEqual(['QUIX_TOKEN_REJECTED']);
    expect(portal.requests).toHaveLength(1);
    await errorOf(client.getBrokerCredentials());
    expect(portal.requests).toHaveLength(2);
  });

  it('send what the Portal expects: bearer token, version and a User-Agent that names this package', async () => {
    const portal = await startPortal();
    await makeClient(portal, { userAgent: 'my-service/1.0' }).getBrokerCredentials();
    const [request] = portal.requests;
    expect(request).toMatchObject({ method: 'GET', authorized: true, token: 'token1' });
    expect(request?.headers).toMatchObject({
      'x-version': '2.0',
      'user-agent': expect.stringMatching(
        /^my-service\/1\.0 quix-streams-auth\/\d+\.\d+\.\d+ node\//,
      ) as unknown,
    });
  });

  it('announce themselves once by the credentials event', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    const generations: number[] = [];
    client.on('credentials', ({ generation }) => generations.push(generation));
    await client.getBrokerCredentials();
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(generations).toEqual([1]);
    portal.setBroker({ sasl: { mechanism: 'PLAIN', username: 'new', password: 'new' } });
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(generations).toEqual([1, 3]);
  });
});

describe('a caller that aborts', () => {
  it('is rejected alone with its own reason, and the others get their credentials', async () => {
    const portal = await startPortal({ latencyMs: 50 });
    const client = makeClient(portal);
    const controller = new AbortController();
    const mine = client.getBrokerCredentials({ signal: controller.signal });
    const other = client.getBrokerCredentials();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(mine).rejects.toBe(reason);
    expect((await other).workspaceId).toBe(portal.workspaceId);
  });

  it('leaves an exchange behind that fills the cache', async () => {
    const portal = await startPortal({ latencyMs: 20 });
    const client = makeClient(portal, { workspaceId: portal.workspaceId });
    await expect(client.getBrokerCredentials({ signal: AbortSignal.timeout(5) })).rejects.toThrow(
      'timeout',
    );
    await client.getBrokerCredentials();
    expect(portal.requests).toHaveLength(1);
  });

  it('is rejected at once when its signal has aborted before', async () => {
    const client = makeClient(await startPortal());
    await client.getBrokerCredentials();
    const reason = new Error('before');
    await expect(client.getBrokerCredentials({ signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });
});

describe('while the Portal is away', () => {
  it('last-good credentials are served to a forced refresh, and refreshFailed says why', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { timeoutMs: 600 });
    const failures: string[] = [];
    client.on('refreshFailed', ({ code }) => failures.push(code));
    const before = await client.getBrokerCredentials();
    portal.faults.push({ status: 503, times: Infinity });
    expect(await client.getBrokerCredentials({ forceRefresh: true })).toBe(before);
    expect(failures).toEqual(['QUIX_PORTAL_UNAVAILABLE']);
    expect(client.describe().lastError?.code).toBe('QUIX_PORTAL_UNAVAILABLE');
  });

  it('last-good credentials are never served after Kafka refused them', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { timeoutMs: 600 });
    client.invalidate(await client.getBrokerCredentials());
    portal.faults.push({ status: 503, times: Infinity });
    expect(await errorOf(client.getBrokerCredentials())).toMatchObject({
      code: 'QUIX_PORTAL_UNAVAILABLE',
      status: 503,
      retryable: true,
    });
    expect(client.describe().state).toBe('refused');
  });

  it('a Retry-After beyond the deadline fails at once and is remembered for later callers', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    portal.faults.push({ status: 429, headers: { 'retry-after': '86400' }, times: Infinity });
    expect(await errorOf(client.getBrokerCredentials())).toMatchObject({
      code: 'QUIX_PORTAL_UNAVAILABLE',
      status: 429,
      retryAfterMs: 86_400_000,
    });
    const later = await errorOf(client.getBrokerCredentials());
    expect(later.code).toBe('QUIX_PORTAL_UNAVAILABLE');
    expect(later.retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(portal.requests).toHaveLength(1);
  });

  it('a short failure is retried until the answer comes', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { workspaceId: portal.workspaceId });
    portal.faults.push({ status: 503 }, { status: 429, headers: { 'retry-after': '0' } });
    await client.getBrokerCredentials();
    expect(portal.requests.map(({ status }) => status)).toEqual([503, 429, 200]);
  });
});

describe('maxAgeMs', () => {
  it('is honoured again after each refresh that succeeded', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { workspaceId: portal.workspaceId, maxAgeMs: 10 });
    for (let generation = 1; generation <= 4; generation++) {
      await client.getBrokerCredentials();
      await expect.poll(() => client.describe().generation).toBe(generation);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  });

  it('makes the next call refresh in the background while it gets what is held', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { workspaceId: portal.workspaceId, maxAgeMs: 10 });
    const first = await client.getBrokerCredentials();
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(client.describe().state).toBe('stale');
    expect(await client.getBrokerCredentials()).toBe(first);
    await expect.poll(() => client.describe().generation).toBe(2);
    expect(portal.requests).toHaveLength(2);
  });

  it('is never by default: nothing runs on a timer', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { workspaceId: portal.workspaceId });
    const first = await client.getBrokerCredentials();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await client.getBrokerCredentials()).toBe(first);
    expect(portal.requests).toHaveLength(1);
  });
});

describe('a local broker', () => {
  const env = { Quix__Broker__Address: 'localhost:19092' };

  it('from Quix__Broker__Address needs neither token nor Portal', async () => {
    const client = new QuixStreamingClient({ env });
    const credentials = await client.getBrokerCredentials();
    expect(credentials).toMatchObject({
      brokers: ['localhost:19092'],
      securityProtocol: 'PLAINTEXT',
      workspaceId: 'local',
    });
    expect(credentials.sasl).toBeUndefined();
    expect(client.describe()).toMatchObject({
      state: 'ready',
      exchanges: 0,
      securityProtocol: 'PLAINTEXT',
    });
  });

  it('beats the token variables, as both are from the environment', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, {
      env: { ...portal.env, ...env, MINE: portal.token1 },
      tokenEnvVar: 'MINE',
    });
    expect((await client.getBrokerCredentials()).brokers).toEqual(['localhost:19092']);
  });

  it('from the environment is beaten by an explicit token', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { env: { ...portal.env, ...env }, token: portal.token1 });
    expect((await client.getBrokerCredentials()).workspaceId).toBe(portal.workspaceId);
  });

  it('as an option beats everything', async () => {
    const client = new QuixStreamingClient('sdk-unused', { brokerAddress: 'a:1, b:2', env });
    expect((await client.getBrokerCredentials()).brokers).toEqual(['a:1', 'b:2']);
  });

  it('refuses an address that is none, and a rotation of tokens that it does not use', async () => {
    expect(codeOf(() => new QuixStreamingClient({ brokerAddress: 'not a broker', env: {} }))).toBe(
      'QUIX_CONFIG',
    );
    expect((await errorOf(new QuixStreamingClient({ env }).rotateToken('sdk-next'))).code).toBe(
      'QUIX_CONFIG',
    );
  });
});

describe('what cannot be done', () => {
  it('is nothing sent for a caller whose signal has aborted before', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    const signal = AbortSignal.abort(new Error('before'));
    await expect(client.getBrokerCredentials({ signal })).rejects.toThrow('before');
    await expect(client.rotateToken(portal.token2, { signal })).rejects.toThrow('before');
    expect(portal.requests).toHaveLength(0);
  });

  it.each([undefined, null, 42, {}])('is rotateToken(%j), which is QUIX_CONFIG', async (next) => {
    const portal = await startPortal();
    const error = await errorOf(makeClient(portal).rotateToken(next as never));
    expect(error.code).toBe('QUIX_CONFIG');
    expect(portal.requests).toHaveLength(0);
  });

  it.each(['tokenEnvVar', 'tokenFile', 'workspaceId'])(
    'is a token in the place of %s, which is not repeated',
    (option) => {
      const token = randomSecret();
      const error = errorThrown(() => new QuixStreamingClient({ env: {}, [option]: token }));
      expect(error.code).toBe('QUIX_CONFIG');
      expectNoLeak(error, [token]);
    },
  );
});

describe('warnings', () => {
  it('of one kind about one source are sent once, however often it is read', async () => {
    const portal = await startPortal();
    const codes: string[] = [];
    const client = makeClient(portal, { token: () => `"${portal.token1}"` });
    client.on('warning', ({ code, about }) => codes.push(`${code} ${about}`));
    for (let count = 0; count < 5; count++)
      await client.getBrokerCredentials({ forceRefresh: true });
    expect(codes).toEqual(['TOKEN_CLEANED provider']);
  });
});

describe('close', () => {
  it('rejects those who wait, and every later call, with QUIX_CLIENT_CLOSED', async () => {
    const portal = await startPortal({ latencyMs: 200 });
    const client = makeClient(portal);
    const waiting = errorOf(client.getBrokerCredentials());
    await new Promise((resolve) => setTimeout(resolve, 60));
    await client.close();
    await client.close();
    expect((await waiting).code).toBe('QUIX_CLIENT_CLOSED');
    expect((await errorOf(client.getBrokerCredentials())).code).toBe('QUIX_CLIENT_CLOSED');
    expect((await errorOf(client.rotateToken(portal.token2))).code).toBe('QUIX_CLIENT_CLOSED');
    expect(client.describe().state).toBe('closed');
  });

  it('holds for a client that never asked for anything', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    await client[Symbol.asyncDispose]();
    expect((await errorOf(client.getBrokerCredentials())).code).toBe('QUIX_CLIENT_CLOSED');
    expect(portal.requests).toHaveLength(0);
  });
});
