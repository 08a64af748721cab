import { describe, expect, it } from 'vitest';
import { codeOf } from '../support/errors.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

describe('the counters of describe()', () => {
  it('are 0 before the first call', async () => {
    const client = makeClient(await startPortal());
    expect(client.describe()).toMatchObject({
      state: 'idle',
      generation: 0,
      exchanges: 0,
      failures: 0,
      requests: 0,
      refusals: 0,
      rotations: 0,
    });
  });

  it('count exchanges and their requests separately', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    portal.faults.push({ status: 503, headers: { 'retry-after': '0' } });
    await client.getBrokerCredentials();
    await client.getBrokerCredentials();
    expect(client.describe()).toMatchObject({ exchanges: 1, failures: 0 });
    expect(client.describe().requests).toBe(portal.requests.length);
    expect(portal.requests.length).toBeGreaterThan(1);
  });

  it('count failed exchanges', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    portal.faults.push({ status: 403, times: Infinity });
    await client.getBrokerCredentials().catch(codeOf);
    expect(client.describe()).toMatchObject({
      state: 'idle',
      exchanges: 1,
      failures: 1,
      lastError: { code: 'QUIX_FORBIDDEN' },
    });
  });

  it('count each refusal by Kafka once', async () => {
    const client = makeClient(await startPortal());
    client.invalidate();
    const credentials = await client.getBrokerCredentials();
    client.invalidate(credentials);
    client.invalidate(credentials);
    expect(client.describe()).toMatchObject({ state: 'refused', refusals: 1 });
  });

  it('count changes of the token', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    await client.getBrokerCredentials();
    await client.rotateToken(portal.token2);
    expect(client.describe()).toMatchObject({ rotations: 1, exchanges: 2 });
  });
});

describe('the token of describe()', () => {
  it('is the accepted token, and its source is not read again', async () => {
    const portal = await startPortal();
    let reads = 0;
    const env = new Proxy(portal.env, {
      get: (variables, name: string) => {
        if (name === 'Quix__Sdk__Token') reads++;
        return Reflect.get(variables, name) as string | undefined;
      },
    });
    const client = makeClient(portal, { env });
    expect(client.describe().token).toMatchObject({ source: 'Quix__Sdk__Token' });
    expect(reads).toBeGreaterThan(0);
    await client.getBrokerCredentials();
    reads = 0;
    expect(client.describe().token).toMatchObject({ source: 'Quix__Sdk__Token' });
    expect(reads).toBe(0);
  });
});

describe('the state of describe()', () => {
  it('is exchanging during the first exchange', async () => {
    const client = makeClient(await startPortal());
    const credentials = client.getBrokerCredentials();
    expect(client.describe().state).toBe('exchanging');
    await credentials;
    expect(client.describe().state).toBe('ready');
  });

  it('is closed after close(), even if the first exchange has not sent a request yet', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    const credentials = client.getBrokerCredentials();
    await client.close();
    expect(client.describe().state).toBe('closed');
    expect(await credentials.catch(codeOf)).toBe('QUIX_CLIENT_CLOSED');
    expect(portal.requests).toHaveLength(0);
  });
});
