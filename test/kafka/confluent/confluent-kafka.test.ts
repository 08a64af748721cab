import { confluentKafka } from 'quix-streams-auth/confluent';
import type { QuixLogger, QuixWarning } from 'quix-streams-auth';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { closeAfterEach, makeClient, startPortal } from '../../support/portal-clients.ts';
import { waitUntil } from '../support/wait-until.ts';

closeAfterEach();

interface Log {
  readonly message: string;
}

/** Stands for a client of the library, which is not installed for unit tests. */
class FakeProducer {
  readonly connect = vi.fn(() => connecting);
  readonly disconnect = vi.fn(() => Promise.resolve());
  readonly setSaslCredentials = vi.fn<(username: string, password: string) => void>();
  readonly getMetadata = vi.fn<(options: object, callback: (error: unknown) => void) => void>();
  #log: ((log: Log) => void) | undefined;

  _getInternalClient() {
    const { setSaslCredentials, getMetadata } = this;
    return {
      getMetadata,
      on: (_event: string, listener: (log: Log) => void) => (this.#log = listener),
      _client: { setSaslCredentials },
    };
  }

  refuseLogin(reason = 'Authentication failed'): void {
    this.#log?.({ message: `broker:9093: SASL authentication error: ${reason}` });
  }
}

let built: FakeProducer[];
/** Result of `connect()` of each client. */
let connecting: Promise<void>;
beforeEach(() => {
  built = [];
  connecting = Promise.resolve();
});

class Kafka {
  producer(): FakeProducer {
    const producer = new FakeProducer();
    built.push(producer);
    return producer;
  }
  consumer(): FakeProducer {
    return this.producer();
  }
  admin(): FakeProducer {
    return this.producer();
  }
}

async function connectProducer() {
  const portal = await startPortal();
  const lines: string[] = [];
  const ignore = (): void => undefined;
  const warn: QuixLogger['warn'] = (...args: unknown[]) => void lines.push(String(args.at(-1)));
  const logger: QuixLogger = { debug: ignore, info: ignore, warn, error: ignore };
  const quix = makeClient(portal, { workspaceId: portal.workspaceId, logger });
  const warnings: QuixWarning[] = [];
  quix.on('warning', (warning) => warnings.push(warning));
  const producer = confluentKafka(quix, { Kafka }).producer();
  await producer.connect();
  const [, connected] = built;
  if (!connected) throw new Error('connect() built no client.');
  return { portal, quix, producer, connected, warnings, lines };
}

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
    const producer = confluentKafka(quix, { Kafka }).producer();
    expect(quix.describe()).toMatchObject({ exchanges: 0 });
    await producer.connect();
    expect(built[0]?.connect).not.toHaveBeenCalled();
    expect(built[1]?.connect).toHaveBeenCalledTimes(1);
    expect(quix.describe()).toMatchObject({ exchanges: 1 });
    await producer.disconnect();
  });

  it('limits idle connections and the age of metadata to 180 s, unless the user passes a value', async () => {
    const configs: object[] = [];
    class RecordingKafka extends Kafka {
      constructor(config: object = {}) {
        super();
        configs.push(config);
      }
    }
    const quix = makeClient(await startPortal());
    for (const overrides of [{}, { 'metadata.max.age.ms': 1_000 }]) {
      const producer = confluentKafka(quix, { Kafka: RecordingKafka }, overrides).producer();
      await producer.connect();
      expect(configs.at(-1)).toMatchObject({
        'connections.max.idle.ms': 180_000,
        'metadata.max.age.ms': 180_000,
        ...overrides,
      });
      await producer.disconnect();
    }
  });

  it('sets a new password on a connected client', async () => {
    const { portal, quix, producer, connected, warnings } = await connectProducer();
    portal.setBroker({ sasl: { username: 'new-user', password: 'new-password' } });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(connected.setSaslCredentials).toHaveBeenCalledWith('new-user', 'new-password');
    expect(warnings).toEqual([]);
    await producer.disconnect();
  });

  it('logs and emits a warning each time a connected client cannot change a setting', async () => {
    const { portal, quix, producer, warnings, lines } = await connectProducer();
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256']) {
      portal.setBroker({ sasl: { mechanism } });
      await quix.getBrokerCredentials({ forceRefresh: true });
    }
    expect(warnings.map(({ code }) => code)).toEqual(Array(2).fill('KAFKA_CLIENT_OUTDATED'));
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toContain(warnings[0]?.message);
    await producer.disconnect();
    await producer.connect();
    expect(built).toHaveLength(3);
    await producer.disconnect();
  });

  it('exchanges the token when Kafka refuses a login of a connected client', async () => {
    const { portal, quix, producer, connected, warnings } = await connectProducer();
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

  it.each([
    ['counts an accepted login after a refusal once a broker answers', undefined, 2],
    ['counts no accepted login after a refusal if no broker answers', new Error('timed out'), 1],
  ])('%s', async (_, error, accepted) => {
    const { portal, quix, producer, connected } = await connectProducer();
    expect(quix.describe().logins).toMatchObject({ accepted: 1, refused: 0 });
    portal.setBroker({ sasl: { password: 'new-password' } });
    connected.refuseLogin();
    await expect.poll(() => connected.getMetadata.mock.calls.length).toBe(1);
    expect(quix.describe().logins).toMatchObject({ accepted: 1, refused: 1 });
    connected.getMetadata.mock.lastCall?.[1](error);
    await new Promise(setImmediate);
    expect(quix.describe().logins).toMatchObject({ accepted, refused: 1, ended: 0 });
    await producer.disconnect();
  });

  it('exchanges the token when Kafka refuses a login that a credentials event has set', async () => {
    const { portal, quix, producer, connected } = await connectProducer();
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
    const { portal, producer, connected, warnings } = await connectProducer();
    portal.setBroker({ sasl: { mechanism: 'PLAIN' } });
    connected.refuseLogin();
    await expect.poll(() => warnings.length).toBeGreaterThan(0);
    await new Promise(setImmediate);
    expect(warnings.map(({ code }) => code)).toEqual(['KAFKA_CLIENT_OUTDATED']);
    await producer.disconnect();
  });

  it('creates one client for concurrent connect() calls', { meta: { faults: [120] } }, async () => {
    const producer = confluentKafka(makeClient(await startPortal()), { Kafka }).producer();
    await Promise.all([producer.connect(), producer.connect()]);
    expect(built).toHaveLength(2);
    expect(built[1]?.connect).toHaveBeenCalledTimes(1);
    await producer.disconnect();
  });

  it(
    'disconnects a client while its connect() is running',
    { meta: { faults: [120] } },
    async () => {
      let finish = (): void => undefined;
      connecting = new Promise((resolve) => (finish = resolve));
      const producer = confluentKafka(makeClient(await startPortal()), { Kafka }).producer();
      const connected = producer.connect();
      await expect.poll(() => built[1]?.connect.mock.calls.length).toBe(1);
      const disconnected = producer.disconnect();
      finish();
      await Promise.all([connected, disconnected]);
      expect(built[1]?.disconnect).toHaveBeenCalledTimes(1);
    },
  );

  it('applies a password that changed while connect() was running', async () => {
    let finish = (): void => undefined;
    connecting = new Promise((resolve) => (finish = resolve));
    const portal = await startPortal();
    const quix = makeClient(portal);
    const producer = confluentKafka(quix, { Kafka }).producer();
    const connected = producer.connect();
    await expect.poll(() => built[1]?.connect.mock.calls.length).toBe(1);
    portal.setBroker({ sasl: { password: 'new-password' } });
    await quix.getBrokerCredentials({ forceRefresh: true });
    finish();
    await connected;
    await expect.poll(() => built[1]?.setSaslCredentials.mock.lastCall?.[1]).toBe('new-password');
    await producer.disconnect();
  });

  it(
    'keeps the credentials if Kafka refuses another user name during re-authentication',
    { meta: { faults: [115] } },
    async () => {
      const { quix, producer, connected } = await connectProducer();
      connected.refuseLogin(
        'Cannot change principals during re-authentication from User.a: User.b',
      );
      await new Promise(setImmediate);
      expect(quix.describe()).toMatchObject({ state: 'ready', exchanges: 1, refusals: 0 });
      await producer.disconnect();
    },
  );

  it('disconnects with a warning after a final error', async () => {
    const { portal, quix, connected, warnings, lines } = await connectProducer();
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
