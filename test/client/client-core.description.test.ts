import { afterEach, describe, expect, it, vi } from 'vitest';
import { codeOf } from '../support/errors.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();
afterEach(() => {
  vi.useRealTimers();
});

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

describe('the times and tokens of describe()', () => {
  it('contain the time since which the Portal accepts the token in use', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    expect(client.describe().tokenInUseSince).toBeUndefined();
    await client.getBrokerCredentials();
    const since = client.describe().tokenInUseSince;
    expect(since).toBeInstanceOf(Date);
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(client.describe().tokenInUseSince).toBe(since);
    await client.rotateToken(portal.token2);
    expect(client.describe().tokenInUseSince).not.toBe(since);
  });

  it('contain the fingerprint of a fallback token, or only the source of a function', async () => {
    const portal = await startPortal();
    const own = makeClient(portal, { token: portal.token2 }).describe().token;
    const withText = makeClient(portal, { fallbackToken: portal.token2 });
    expect(withText.describe().fallbackToken).toEqual({ ...own, source: 'fallbackToken' });
    const withFunction = makeClient(portal, { fallbackToken: () => portal.token2 });
    expect(withFunction.describe().fallbackToken).toEqual({ source: 'fallbackToken' });
    const blank = makeClient(portal, { fallbackToken: ' ' });
    expect(blank.describe()).not.toHaveProperty('fallbackToken');
  });
});

describe('the logins of describe()', () => {
  it('count accepted logins, refused logins and final errors, with the last times and the last reason', async () => {
    const client = makeClient(await startPortal());
    expect(client.describe().logins).toEqual({
      accepted: 0,
      refused: 0,
      ended: 0,
      refusedForMs: 0,
      hasFinalError: false,
    });
    client.recordLogin('accepted');
    client.recordLogin('refused', 'SASL_AUTHENTICATION_FAILED (kafkajs)');
    client.recordLogin('ended', 'QUIX_CREDENTIALS_REFUSED (final error of kafkajs)');
    client.recordLogin('accepted');
    const { lastAcceptedAt, lastRefusedAt, ...logins } = client.describe().logins;
    expect(logins).toEqual({
      accepted: 2,
      refused: 1,
      ended: 1,
      refusedForMs: 0,
      hasFinalError: false,
      lastRefusal: 'QUIX_CREDENTIALS_REFUSED (final error of kafkajs)',
    });
    expect(lastAcceptedAt).toBeInstanceOf(Date);
    expect(lastRefusedAt).toBeInstanceOf(Date);
  });

  it('measure how long Kafka has refused all logins, and remember a final error until it accepts one', async () => {
    const client = makeClient(await startPortal());
    vi.useFakeTimers({ toFake: ['performance'] });
    client.recordLogin('refused');
    vi.advanceTimersByTime(1_000);
    expect(client.describe().logins).toMatchObject({ refusedForMs: 1_000, hasFinalError: false });
    client.recordLogin('ended');
    client.recordLogin('refused');
    vi.advanceTimersByTime(1_000);
    expect(client.describe().logins).toMatchObject({ refusedForMs: 2_000, hasFinalError: true });
    client.recordLogin('accepted');
    expect(client.describe().logins).toMatchObject({ refusedForMs: 0, hasFinalError: false });
  });

  it('are a copy, so that an earlier description does not change', async () => {
    const client = makeClient(await startPortal());
    const { logins } = client.describe();
    client.recordLogin('accepted');
    expect(logins.accepted).toBe(0);
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
