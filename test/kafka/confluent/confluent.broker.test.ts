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
  type ConfluentKafka,
  type ConfluentKafkaJS,
} from '../support/confluent-build.ts';
import { startKafka, type KafkaCluster } from '../support/kafka-cluster.ts';
import { portalBroker, type PortalBrokerLogin } from '../support/portal-broker.ts';

let library: ConfluentKafkaJS;
let kafka: KafkaCluster;
let portal: PortalEmulator;
let quix: QuixStreamingClient;
let client: Pick<ConfluentKafka, 'producer' | 'consumer' | 'admin'>;
const open: (() => unknown)[] = [];
const silent = {
  info: ignore,
  warn: ignore,
  error: ignore,
  debug: ignore,
  namespace: () => silent,
  setLogLevel: ignore,
};
function ignore(): void {
  // what librdkafka logs of refused logins is expected here
}

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

async function roundTrip(count: number): Promise<string[]> {
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
  const all = new Promise<void>((resolve) => {
    void consumer.run({
      eachMessage: ({ message }) => {
        if (received.push(message.value?.toString() ?? '') === count) resolve();
        return Promise.resolve();
      },
    });
  });
  const messages = Array.from({ length: count }, (_, index) => ({
    key: 'one',
    value: String(index),
  }));
  await producer.send({ topic, messages });
  await all;
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

  it('is created without a request, and connect() makes one', async () => {
    const producer = client.producer();
    client.consumer({ kafkaJS: { groupId: 'group' } });
    client.admin();
    expect(portal.requests).toHaveLength(0);
    await producer.connect();
    open.push(() => producer.disconnect());
    expect(portal.requests).toHaveLength(1);
  });

  it("answers as the library's own client does before it is connected", async () => {
    await expect(client.producer().send({ topic: 'any', messages: [] })).rejects.toThrow(
      /connect/i,
    );
  });

  it('takes over a password that changed before connect(), within it', async () => {
    setBroker({ password: 'of-yesterday' });
    await quix.getBrokerCredentials();
    setBroker({});
    const producer = client.producer();
    await producer.connect();
    open.push(() => producer.disconnect());
    expect(portal.requests).toHaveLength(2);
  });

  it('fault 96: fails connect() with both sides named when a password stays refused, long before the 30 s of librdkafka', async () => {
    setBroker({ password: 'wrong' });
    const start = performance.now();
    const error = await errorOf(client.producer().connect());
    expect(error.message).toMatch(
      /Kafka refused the credentials, and the Portal still gives the same ones.*SASL authentication error/,
    );
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(portal.requests).toHaveLength(2);
  });

  it('fault 93: hands no secret to a logger that librdkafka tells everything', async () => {
    const password = randomSecret('pw-');
    const lines: string[] = [];
    const hear = (...args: unknown[]): void => void lines.push(inspect(args, { depth: 8 }));
    const logger = { ...silent, info: hear, warn: hear, error: hear, debug: hear };
    logger.namespace = () => logger;
    client = confluentKafka(quix, library, { debug: 'all', kafkaJS: { logger } });
    expect(await roundTrip(1)).toEqual(['0']);
    setBroker({ password });
    quix.invalidate();
    await errorOf(client.producer().connect());
    const log = lines.join('\n');
    expect(log).toMatch(/SCRAM/);
    expectNoLeak(log, [portal.token1, password, kafka.user.password]);
  });

  it('fault 95: goes on with a producer and a consumer when the password changes while they are connected', async () => {
    const topic = `org-project-dev-${randomUUID()}`;
    await kafka.createTopic(topic);
    const producer = client.producer();
    await producer.connect();
    open.push(() => producer.disconnect());
    await producer.send({ topic, messages: [{ key: 'k', value: 'before' }] });
    try {
      await kafka.setScramPassword('SCRAM-SHA-512', 'of-tomorrow');
      setBroker({ password: 'of-tomorrow' });
      await kafka.restartBroker(0);
      await producer.send({ topic, messages: [{ key: 'k', value: 'after' }] });
      expect(portal.requests).toHaveLength(2);
    } finally {
      await kafka.setScramPassword('SCRAM-SHA-512', kafka.user.password);
    }
  });

  it('says that it is outdated when the mechanism changes, and connects anew on the same object', async () => {
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
