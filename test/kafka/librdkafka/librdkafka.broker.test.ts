import { randomUUID } from 'node:crypto';
import { QuixStreamingClient } from 'quix-streams-auth';
import { librdkafkaConfig } from 'quix-streams-auth/librdkafka';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectNoLeak } from '../../support/leaks.ts';
import {
  BUILD_TIMEOUT_MS,
  connectClassic,
  loadClassic,
  type ClassicBinding,
  type ClassicConsumer,
  type ClassicName,
  type ClassicProducer,
} from '../support/classic-bindings.ts';
import { ClassicLoad, numbers, stopConsumer } from '../support/classic-load.ts';
import { startKafka, type KafkaCluster } from '../support/kafka-cluster.ts';
import { portalBroker, type PortalBrokerLogin } from '../support/portal-broker.ts';

let kafka: KafkaCluster;
let portal: PortalEmulator;
let quix: QuixStreamingClient;
let warnings: string[];
let topic: string;
const open: (() => unknown)[] = [];

/** `connections.max.reauth.ms` of the broker. A client logs in again within this time. */
const SESSION_MS = 4_000;

beforeAll(async () => {
  kafka = await startKafka({ sessionLifetimeMs: SESSION_MS });
});
afterAll(async () => {
  await kafka.stop();
});
beforeEach(async () => {
  portal = await startPortalEmulator();
  setBroker();
  quix = new QuixStreamingClient({ env: portal.env, workspaceId: portal.workspaceId });
  warnings = [];
  quix.on('warning', ({ code, about }) => warnings.push(`${code} ${about}`));
  open.push(
    () => quix.close(),
    () => portal.close(),
  );
  topic = `org-project-dev-${randomUUID()}`;
  await kafka.createTopic(topic);
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function setBroker(login: PortalBrokerLogin = {}): void {
  portal.setBroker(portalBroker(kafka, login));
}

function disconnect(client: ClassicProducer | ClassicConsumer): Promise<void> {
  return new Promise((resolve) => {
    if (client.isConnected()) client.disconnect(resolve);
    else resolve();
  });
}

async function startProducer({ Producer }: ClassicBinding, replace?: () => unknown) {
  const { config, attach } = await librdkafkaConfig(quix, {
    dr_cb: true,
    'enable.idempotence': true,
  });
  const producer = new Producer(config);
  attach(producer, replace);
  await connectClassic(producer);
  producer.setPollInterval(50);
  open.push(() => disconnect(producer));
  return producer;
}

async function startConsumer(
  { KafkaConsumer }: ClassicBinding,
  onValue: (value: string) => void,
  replace?: () => unknown,
) {
  const { config, attach } = await librdkafkaConfig(quix, {
    'group.id': `org-project-dev-${topic}`,
    'session.timeout.ms': 6_000, // the minimum of Kafka
  });
  const consumer = new KafkaConsumer(config, { 'auto.offset.reset': 'earliest' });
  attach(consumer, replace);
  await connectClassic(consumer);
  consumer.on('data', ({ value }) => {
    onValue(String(value));
  });
  consumer.subscribe([topic]);
  consumer.consume();
  open.push(() => stopConsumer(consumer));
  return consumer;
}

async function startLoad(binding: ClassicBinding): Promise<ClassicLoad> {
  const load = new ClassicLoad(
    topic,
    (replace) => startProducer(binding, replace),
    (onValue, replace) => startConsumer(binding, onValue, replace),
  );
  await load.start();
  return load;
}

describe.each<ClassicName>(['node-rdkafka', '@confluentinc/kafka-javascript'])('%s', (name) => {
  let binding: ClassicBinding;
  beforeAll(() => {
    binding = loadClassic(name);
  }, BUILD_TIMEOUT_MS);

  it.each(['SCRAM-SHA-512', 'PLAIN'])(
    'produces and consumes in order over SASL_SSL with %s and a private CA',
    async (mechanism) => {
      setBroker({ mechanism });
      const received: string[] = [];
      await startConsumer(binding, (value) => received.push(value));
      const producer = await startProducer(binding);
      for (const value of numbers(200)) {
        producer.produce(topic, null, Buffer.from(value), 'one', Date.now(), value);
      }
      await expect.poll(() => received, { timeout: 30_000 }).toEqual(numbers(200));
      expect(portal.requests).toHaveLength(1);
      expect(quix.describe().logins).toMatchObject({ accepted: 2, refused: 0, ended: 0 });
      expect(warnings).toEqual([]);
    },
  );

  it('loses no message under load when the password changes', async () => {
    const load = await startLoad(binding);
    await load.runFor(1_000);
    try {
      await kafka.setScramPassword('SCRAM-SHA-512', 'of-tomorrow');
      setBroker({ password: 'of-tomorrow' });
      await load.runFor(1.5 * SESSION_MS);
      await load.finish();
    } finally {
      await kafka.setScramPassword('SCRAM-SHA-512', kafka.user.password);
    }
    console.log(`${name}: ${load.summary()}`);
    expect(load.sent).toBeGreaterThan(500);
    expect(load.lost()).toEqual([]);
    // Only node-rdkafka needs new clients.
    expect(load.replaced).toBe(name === 'node-rdkafka' ? 2 : 0);
    expect(warnings).toEqual(
      name === 'node-rdkafka' ? Array(2).fill(`KAFKA_CLIENT_OUTDATED ${name}`) : [],
    );
    const accepted = (): number => quix.describe().logins.accepted;
    await expect.poll(accepted, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
    const { logins } = quix.describe();
    expect(logins.ended).toBe(0);
    expect(logins.lastAcceptedAt?.getTime()).toBeGreaterThan(logins.lastRefusedAt?.getTime() ?? 0);
  });

  it('warns that the client cannot log in, within 5 s, if the password stays refused', async () => {
    setBroker({ password: 'wrong' });
    const { config, attach } = await librdkafkaConfig(quix);
    const producer = new binding.Producer(config);
    attach(producer);
    const start = performance.now();
    const connecting = connectClassic(producer, 3_000);
    connecting.catch(() => undefined);
    await expect.poll(() => warnings, { timeout: 5_000 }).toEqual([`KAFKA_LOGIN_REFUSED ${name}`]);
    console.log(`${name}: KAFKA_LOGIN_REFUSED after ${Math.round(performance.now() - start)} ms.`);
    await expect(connecting).rejects.toThrow('broker transport failure');
    expect(quix.describe().logins).toMatchObject({ accepted: 0, refused: 2, ended: 1 });
    expect(portal.requests).toHaveLength(2);
  });

  it('connects with a password that has changed since the config was created', async () => {
    setBroker({ password: 'of-yesterday' });
    const { config, attach } = await librdkafkaConfig(quix);
    setBroker({});
    const producer = new binding.Producer(config);
    const replaced = new Promise<ClassicProducer>((resolve, reject) => {
      attach(producer, () => {
        startProducer(binding).then(resolve, reject);
      });
    });
    const connecting = connectClassic(producer, 3_000).then(() => producer);
    connecting.catch(() => undefined);
    // node-rdkafka needs another client.
    const connected = await (name === 'node-rdkafka' ? replaced : connecting);
    expect(connected.isConnected()).toBe(true);
    expect(portal.requests).toHaveLength(2);
    await connecting.catch(() => undefined);
    await disconnect(connected);
  });

  it('shows a refused login of a connected client in describe() until Kafka accepts one', async () => {
    await startProducer(binding);
    const isRefused = (): boolean => {
      const { lastAcceptedAt, lastRefusedAt } = quix.describe().logins;
      return Number(lastRefusedAt ?? 0) > Number(lastAcceptedAt);
    };
    expect(isRefused()).toBe(false);
    try {
      await kafka.setScramPassword('SCRAM-SHA-512', 'of-tomorrow');
      await expect.poll(isRefused, { timeout: 2 * SESSION_MS }).toBe(true);
    } finally {
      await kafka.setScramPassword('SCRAM-SHA-512', kafka.user.password);
    }
    await expect.poll(isRefused, { timeout: 10_000 }).toBe(false);
    expect(quix.describe().logins).toMatchObject({ accepted: 2, ended: 0 });
    expect(warnings).toEqual([]);
  });

  it('loses no message when a consumer unsubscribes and disconnects while messages arrive', async () => {
    const load = await startLoad(binding);
    const running = load.runFor(2_500);
    await expect.poll(() => load.received, { timeout: 3_000 }).toBeGreaterThan(50);
    const start = performance.now();
    await load.stopConsumer();
    expect(performance.now() - start).toBeLessThan(3_000);
    await load.startConsumer(); // continues at the committed offset
    await running;
    await load.finish();
    expect(load.lost()).toEqual([]);
  });

  it('puts no secret into the log with debug: all', async () => {
    const lines: string[] = [];
    const { config, attach } = await librdkafkaConfig(quix, { debug: 'all' });
    const producer = new binding.Producer(config);
    producer.on('event.log', ({ message }) => lines.push(message));
    attach(producer);
    await connectClassic(producer);
    await disconnect(producer);
    expect(lines.join()).toContain('SCRAM');
    expectNoLeak(lines.join(), [portal.token1, kafka.user.password]);
  });
});
