import { describe, expect, it } from 'vitest';
import { QuixStreamingClient } from 'quix-streams-auth';
import { codeOf, errorOf, errorThrown } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

describe('the first credentials', () => {
  it('are not requested by the constructor', async () => {
    const portal = await startPortal();
    makeClient(portal);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(portal.requests).toHaveLength(0);
  });

  it('cost one request when the option workspaceId names the workspace', async () => {
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

  it('cost two requests when no workspace is named', async () => {
    const portal = await startPortal();
    await makeClient(portal).getBrokerCredentials();
    expect(portal.requests.map(({ path }) => path)).toEqual([
      '/workspaces',
      `/workspaces/${portal.workspaceId}/broker/librdkafka`,
    ]);
  });

  it('are returned as the same promise when they are cached', async () => {
    const client = makeClient(await startPortal());
    await client.getBrokerCredentials();
    expect(client.getBrokerCredentials()).toBe(client.getBrokerCredentials());
  });

  it('are requested with a bearer token, an API version and a User-Agent that names this package', async () => {
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

  it('cause one credentials event, and another one when they change', async () => {
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

describe('while the Portal is unavailable', () => {
  it('a forced refresh resolves to the cached credentials and emits refreshFailed', async () => {
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

  it('credentials that Kafka refused are not served', async () => {
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

  it('a request is retried until it succeeds', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { workspaceId: portal.workspaceId });
    portal.faults.push({ status: 503 }, { status: 429, headers: { 'retry-after': '0' } });
    await client.getBrokerCredentials();
    expect(portal.requests.map(({ status }) => status)).toEqual([503, 429, 200]);
  });
});

describe('maxAgeMs', () => {
  it('applies again after each successful refresh', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { workspaceId: portal.workspaceId, maxAgeMs: 10 });
    for (let generation = 1; generation <= 4; generation++) {
      await client.getBrokerCredentials();
      await expect.poll(() => client.describe().generation).toBe(generation);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  });

  it('makes the next call refresh in the background and resolve to the cached credentials', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { workspaceId: portal.workspaceId, maxAgeMs: 10 });
    const first = await client.getBrokerCredentials();
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(client.describe().state).toBe('stale');
    expect(await client.getBrokerCredentials()).toBe(first);
    await expect.poll(() => client.describe().generation).toBe(2);
    expect(portal.requests).toHaveLength(2);
  });

  it('is unlimited by default, and no refresh runs on a timer', async () => {
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

  it('from the environment has precedence over token variables', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, {
      env: { ...portal.env, ...env, MINE: portal.token1 },
      tokenEnvVar: 'MINE',
    });
    expect((await client.getBrokerCredentials()).brokers).toEqual(['localhost:19092']);
  });

  it('from the environment is ignored when a token is passed', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { env: { ...portal.env, ...env }, token: portal.token1 });
    expect((await client.getBrokerCredentials()).workspaceId).toBe(portal.workspaceId);
  });

  it('from the option has precedence over everything else', async () => {
    const client = new QuixStreamingClient('sdk-unused', { brokerAddress: 'a:1, b:2', env });
    expect((await client.getBrokerCredentials()).brokers).toEqual(['a:1', 'b:2']);
  });

  it('makes the constructor reject a wrong address, and rotateToken() reject', async () => {
    expect(codeOf(() => new QuixStreamingClient({ brokerAddress: 'not a broker', env: {} }))).toBe(
      'QUIX_CONFIG',
    );
    expect((await errorOf(new QuixStreamingClient({ env }).rotateToken('sdk-next'))).code).toBe(
      'QUIX_CONFIG',
    );
  });
});

describe('a signal that has aborted before the call', () => {
  const reason = new Error('aborted before');
  const signal = AbortSignal.abort(reason);

  it('rejects the call without a request', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    await expect(client.getBrokerCredentials({ signal })).rejects.toBe(reason);
    await expect(client.rotateToken(portal.token2, { signal })).rejects.toBe(reason);
    await expect(client.getTopic('f1-data', { signal })).rejects.toBe(reason);
    expect(portal.requests).toHaveLength(0);
  });

  it('rejects the call even if credentials are cached', async () => {
    const client = makeClient(await startPortal());
    await client.getBrokerCredentials();
    await expect(client.getBrokerCredentials({ signal })).rejects.toBe(reason);
  });
});

describe('a wrong argument', () => {
  it.each([undefined, null, 42, {}])(
    'makes rotateToken(%j) reject without a request',
    async (next) => {
      const portal = await startPortal();
      const error = await errorOf(makeClient(portal).rotateToken(next as never));
      expect(error.code).toBe('QUIX_CONFIG');
      expect(portal.requests).toHaveLength(0);
    },
  );

  it.each(['tokenEnvVar', 'tokenFile', 'workspaceId'])(
    'that is a token in place of %s is rejected and not repeated',
    (option) => {
      const token = randomSecret();
      const error = errorThrown(() => new QuixStreamingClient({ env: {}, [option]: token }));
      expect(error.code).toBe('QUIX_CONFIG');
      expectNoLeak(error, [token]);
    },
  );
});

describe('close()', () => {
  it('closes a client that has not sent anything', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    await client[Symbol.asyncDispose]();
    expect((await errorOf(client.getBrokerCredentials())).code).toBe('QUIX_CLIENT_CLOSED');
    expect(portal.requests).toHaveLength(0);
  });
});
