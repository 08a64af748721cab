import { confluentKafka } from 'quix-streams-auth/confluent';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { closeAfterEach, makeClient, startPortal } from '../../support/portal-clients.ts';
import { connectClient, FakeLibrary } from '../support/fake-confluent.ts';
import { waitUntil } from '../support/wait-until.ts';

closeAfterEach();

let library: FakeLibrary;
beforeEach(() => {
  library = new FakeLibrary();
});

/** Lets the time pass in which librdkafka may log the refusal of a replaced login. */
function skipGracePeriod(): void {
  const now = performance.now.bind(performance);
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => now() + 3_000);
  onTestFinished(() => {
    spy.mockRestore();
  });
}

describe('confluentKafka()', () => {
  it('builds the client inside connect()', async () => {
    const quix = makeClient(await startPortal());
    const producer = confluentKafka(quix, library).producer();
    expect(quix.describe()).toMatchObject({ exchanges: 0 });
    await producer.connect();
    expect(library.built[0]?.connect).not.toHaveBeenCalled();
    expect(library.built[1]?.connect).toHaveBeenCalledTimes(1);
    expect(quix.describe()).toMatchObject({ exchanges: 1 });
    await producer.disconnect();
  });

  it('limits idle connections, the age of metadata and the back-off, unless the user passes a value', async () => {
    const quix = makeClient(await startPortal());
    for (const overrides of [{}, { 'metadata.max.age.ms': 1_000 }]) {
      const producer = confluentKafka(quix, library, overrides).producer();
      await producer.connect();
      expect(library.configs.at(-1)).toMatchObject({
        'connections.max.idle.ms': 180_000,
        'metadata.max.age.ms': 180_000,
        'reconnect.backoff.max.ms': 1_000,
        ...overrides,
      });
      await producer.disconnect();
    }
  });

  it('sets a new password on a connected client', async () => {
    const { portal, quix, client: producer, connected, warnings } = await connectClient('producer');
    portal.setBroker({ sasl: { username: 'new-user', password: 'new-password' } });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(connected.setSaslCredentials).toHaveBeenCalledWith('new-user', 'new-password');
    expect(warnings).toEqual([]);
    await producer.disconnect();
  });

  it('logs and emits a warning each time a connected admin client cannot change a setting', async () => {
    const { portal, quix, client: admin, library, warnings, lines } = await connectClient('admin');
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256']) {
      portal.setBroker({ sasl: { mechanism } });
      await quix.getBrokerCredentials({ forceRefresh: true });
    }
    expect(warnings.map(({ code }) => code)).toEqual(Array(2).fill('KAFKA_CLIENT_OUTDATED'));
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toContain(warnings[0]?.message);
    await admin.disconnect();
    await admin.connect();
    expect(library.built).toHaveLength(3);
    await admin.disconnect();
  });

  it('exchanges the token when Kafka refuses a login of a connected client', async () => {
    const { portal, quix, client: producer, connected, warnings } = await connectClient('producer');
    portal.setBroker({ sasl: { password: 'new-password' } });
    connected.refuseLogin();
    await waitUntil(() => Promise.resolve(connected.setSaslCredentials.mock.calls.length > 0), {
      timeoutMs: 5_000,
      what: 'Setting the new password',
    });
    expect(quix.describe()).toMatchObject({ exchanges: 2, refusals: 1 });
    connected.refuseLogin(); // a late log line about the old password
    expect(quix.describe()).toMatchObject({ refusals: 1 });
    expect(warnings).toEqual([]);
    await producer.disconnect();
  });

  it('exchanges the token when Kafka refuses a login that a credentials event has set', async () => {
    const { portal, quix, client: producer, connected } = await connectClient('producer');
    portal.setBroker({ sasl: { password: 'second' } });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(connected.setSaslCredentials).toHaveBeenLastCalledWith(expect.anything(), 'second');
    portal.setBroker({ sasl: { password: 'third' } });
    skipGracePeriod();
    connected.refuseLogin();
    await expect.poll(() => connected.setSaslCredentials.mock.lastCall?.[1]).toBe('third');
    expect(quix.describe()).toMatchObject({ exchanges: 3, refusals: 1 });
    await producer.disconnect();
  });

  it('emits one warning if the settings after a refused login cannot be applied', async () => {
    const { portal, client: consumer, connected, warnings } = await connectClient('consumer');
    portal.setBroker({ sasl: { mechanism: 'PLAIN' } });
    connected.refuseLogin();
    await expect.poll(() => warnings.length).toBeGreaterThan(0);
    await new Promise(setImmediate);
    expect(warnings.map(({ code }) => code)).toEqual(['KAFKA_CLIENT_OUTDATED']);
    await consumer.disconnect();
  });

  it('creates one client for concurrent connect() calls', { meta: { faults: [120] } }, async () => {
    const producer = confluentKafka(makeClient(await startPortal()), library).producer();
    await Promise.all([producer.connect(), producer.connect()]);
    expect(library.built).toHaveLength(2);
    expect(library.built[1]?.connect).toHaveBeenCalledTimes(1);
    await producer.disconnect();
  });

  it(
    'disconnects a client while its connect() is running',
    { meta: { faults: [120] } },
    async () => {
      let finish = (): void => undefined;
      library.connecting = new Promise((resolve) => (finish = resolve));
      const producer = confluentKafka(makeClient(await startPortal()), library).producer();
      const connected = producer.connect();
      await expect.poll(() => library.built[1]?.connect.mock.calls.length).toBe(1);
      const disconnected = producer.disconnect();
      finish();
      await Promise.all([connected, disconnected]);
      expect(library.built[1]?.disconnect).toHaveBeenCalledTimes(1);
    },
  );

  it('applies a password that changed while connect() was running', async () => {
    let finish = (): void => undefined;
    library.connecting = new Promise((resolve) => (finish = resolve));
    const portal = await startPortal();
    const quix = makeClient(portal);
    const producer = confluentKafka(quix, library).producer();
    const connected = producer.connect();
    await expect.poll(() => library.built[1]?.connect.mock.calls.length).toBe(1);
    portal.setBroker({ sasl: { password: 'new-password' } });
    await quix.getBrokerCredentials({ forceRefresh: true });
    finish();
    await connected;
    await expect
      .poll(() => library.built[1]?.setSaslCredentials.mock.lastCall?.[1])
      .toBe('new-password');
    await producer.disconnect();
  });

  it(
    'keeps the credentials if Kafka refuses another user name during re-authentication',
    { meta: { faults: [115] } },
    async () => {
      const { quix, client: producer, connected } = await connectClient('producer');
      connected.refuseLogin(
        'Cannot change principals during re-authentication from User.a: User.b',
      );
      await new Promise(setImmediate);
      expect(quix.describe()).toMatchObject({ state: 'ready', exchanges: 1, refusals: 0 });
      await producer.disconnect();
    },
  );

  it('disconnects with a warning after a final error', async () => {
    const { portal, quix, connected, warnings, lines } = await connectClient('producer');
    portal.rotateTokens();
    connected.refuseLogin();
    await waitUntil(() => Promise.resolve(connected.disconnect.mock.calls.length > 0), {
      timeoutMs: 5_000,
      what: 'Disconnecting',
    });
    expect(warnings.map(({ code }) => code)).toEqual(['KAFKA_LOGIN_REFUSED']);
    expect(quix.describe().logins).toMatchObject({
      ended: 1,
      lastRefusal: expect.stringMatching(/^QUIX_TOKEN_REJECTED .*@confluentinc/) as string,
    });
    expect(lines.join('\n')).toContain(warnings[0]?.message);
  });
});
