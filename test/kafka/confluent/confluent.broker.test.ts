import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { QuixStreamingClient } from 'quix-streams-auth';
import { confluentKafka } from 'quix-streams-auth/confluent';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../support/errors.ts';
import { expectNoLeak, randomSecret } from '../../support/leaks.ts';
import {
  loadConfluent,
  silent,
  type ConfluentKafka,
  type ConfluentKafkaJS,
} from '../support/confluent-build.ts';
import { startKafka, type KafkaCluster } from '../support/kafka-cluster.ts';
import { portalBroker, type PortalBrokerLogin } from '../support/portal-broker.ts';
import { waitUntil } from '../support/wait-until.ts';

let library: ConfluentKafkaJS;
let kafka: KafkaCluster;
let portal: PortalEmulator;
let quix: QuixStreamingClient;
let client: Pick<ConfluentKafka, 'producer' | 'consumer' | 'admin'>;
const open: (() => unknown)[] = [];

beforeAll(async () => {
  library = loadConfluent();
  kafka = await startKafka();
});
afterAll(async () => {
  await kafka.stop();
});
beforeEach(async () => {
  portal = await startPortalEmulator();
  setBroker({});
  quix = new QuixStreamingClient({ env: portal.env, workspaceId: portal.workspaceId });
  open.push(
    () => quix.close(),
    () => portal.close(),
  );
  client = confluentKafka(quix, library, { kafkaJS: { logger: silent } });
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function setBroker(login: PortalBrokerLogin = {}): void {
  portal.setBroker(portalBroker(kafka, login));
}

/** Starts a producer and a consumer of the same topic. */
async function startPair() {
  const topic = `org-project-dev-${randomUUID()}`;
  await kafka.createTopic(topic);
  const producer = client.producer();
  const consumer = client.consumer({
    kafkaJS: { groupId: `org-project-dev-${randomUUID()}`, fromBeginning: true },
  });
  await producer.connect();
  await consumer.connect();
  open.push(
    () => producer.disconnect(),
    () => consumer.disconnect(),
  );
  await consumer.subscribe({ topics: [topic] });
  const received: string[] = [];
  await consumer.run({
    eachMessage: ({ message }) => {
      received.push(message.value?.toString() ?? '');
      return Promise.resolve();
    },
  });
  const sendAndReceive = async (value: string): Promise<void> => {
    await producer.send({ topic, messages: [{ key: 'k', value }] });
    await waitUntil(() => Promise.resolve(received.includes(value)), {
      timeoutMs: 60_000,
      what: `Consuming "${value}"`,
    });
  };
  return { topic, producer, received, sendAndReceive };
}

/** Returns the values of the received messages. */
async function roundTrip(count: number): Promise<string[]> {
  const { topic, producer, received } = await startPair();
  const messages = Array.from({ length: count }, (_, index) => ({
    key: 'one',
    value: String(index),
  }));
  await producer.send({ topic, messages });
  await waitUntil(() => Promise.resolve(received.length >= count), {
    timeoutMs: 60_000,
    what: `Consuming ${count} messages`,
  });
  return received;
}

describe('@confluentinc/kafka-javascript', () => {
  it.each(['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'])(
    'produces and consumes in order over SASL_SSL with %s and a private CA',
    async (mechanism) => {
      setBroker({ mechanism });
      expect(await roundTrip(200)).toEqual(
        Array.from({ length: 200 }, (_, index) => String(index)),
      );
      expect(portal.requests).toHaveLength(1);
    },
  );

  it('sends a request in connect(), not when a client is created', async () => {
    const producer = client.producer();
    client.consumer({ kafkaJS: { groupId: 'group' } });
    client.admin();
    expect(portal.requests).toHaveLength(0);
    await producer.connect();
    open.push(() => producer.disconnect());
    expect(portal.requests).toHaveLength(1);
  });

  it('rejects a call before connect(), as the library does', async () => {
    await expect(client.producer().send({ topic: 'any', messages: [] })).rejects.toThrow(
      /connect/i,
    );
  });

  it('uses a password that changed before connect()', async () => {
    setBroker({ password: 'of-yesterday' });
    await quix.getBrokerCredentials();
    setBroker({});
    const producer = client.producer();
    await producer.connect();
    open.push(() => producer.disconnect());
    expect(portal.requests).toHaveLength(2);
  });

  it(
    'rejects connect() within 10 s, with the reasons of Kafka and the Portal, if the password stays refused',
    { meta: { faults: [96] } },
    async () => {
      setBroker({ password: 'wrong' });
      const start = performance.now();
      const error = await errorOf(client.producer().connect());
      expect(error.code).toBe('QUIX_CREDENTIALS_REFUSED');
      expect(error.message).toMatch(/Portal.*SASL authentication error/);
      expect(performance.now() - start).toBeLessThan(10_000);
      expect(portal.requests).toHaveLength(2);
    },
  );

  it('passes no secret to the logger with debug: all', { meta: { faults: [93] } }, async () => {
    const password = randomSecret('pw-');
    const lines: string[] = [];
    const collect = (...args: unknown[]): void => void lines.push(inspect(args, { depth: 8 }));
    const logger = { ...silent, info: collect, warn: collect, error: collect, debug: collect };
    logger.namespace = (): object => logger;
    client = confluentKafka(quix, library, { debug: 'all', kafkaJS: { logger } });
    expect(await roundTrip(1)).toEqual(['0']);
    setBroker({ password });
    quix.invalidate();
    await errorOf(client.producer().connect());
    const log = lines.join('\n');
    expect(log).toMatch(/SCRAM/);
    expectNoLeak(log, [portal.token1, password, kafka.user.password]);
  });

  it(
    'keeps a producer and a consumer running when the password changes',
    { meta: { faults: [95] } },
    async () => {
      const { received, sendAndReceive } = await startPair();
      await sendAndReceive('before');
      try {
        await kafka.setScramPassword('SCRAM-SHA-512', 'of-tomorrow');
        setBroker({ password: 'of-tomorrow' });
        await kafka.restartBroker(0);
        await sendAndReceive('after');
        expect(received).toEqual(['before', 'after']);
        const lastLogin = (): string => {
          const { lastAcceptedAt, lastRefusedAt } = quix.describe().logins;
          if (!lastAcceptedAt || !lastRefusedAt) return 'none';
          return lastAcceptedAt > lastRefusedAt ? 'accepted' : 'refused';
        };
        await expect.poll(lastLogin, { timeout: 20_000 }).toBe('accepted');
        expect(quix.describe().logins.ended).toBe(0);
        expect(portal.requests.length).toBeLessThanOrEqual(3);
      } finally {
        await kafka.setScramPassword('SCRAM-SHA-512', kafka.user.password);
      }
    },
  );

  it('replaces a producer and a consumer when the CA changes, without losing or repeating messages', async () => {
    const warnings: string[] = [];
    quix.on('warning', ({ code }) => warnings.push(code));
    const { received, sendAndReceive } = await startPair();
    await sendAndReceive('0');
    setBroker({ ca: kafka.ca + kafka.otherCa });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(warnings).toEqual(['CA_CHANGED', 'KAFKA_CLIENT_OUTDATED', 'KAFKA_CLIENT_OUTDATED']);
    const start = performance.now();
    for (let value = 1; performance.now() - start < 5_000; value++) {
      await sendAndReceive(String(value));
    }
    expect(received).toEqual(Array.from(received, (_, index) => String(index)));
    expect(warnings).toHaveLength(3);
  });

  it('emits a warning when the mechanism changes, and uses it after disconnect() and connect()', async () => {
    const warnings: string[] = [];
    quix.on('warning', ({ code }) => warnings.push(code));
    const producer = client.producer();
    await producer.connect();
    setBroker({ mechanism: 'PLAIN' });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(warnings).toEqual(['KAFKA_CLIENT_OUTDATED']);
    await producer.disconnect();
    await producer.connect();
    await producer.disconnect();
    expect(warnings).toHaveLength(1);
  });
});
