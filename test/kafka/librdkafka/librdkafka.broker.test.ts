import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
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
import { startKafka, type KafkaCluster } from '../support/kafka-cluster.ts';
import { portalBroker, type PortalBrokerLogin } from '../support/portal-broker.ts';
import { waitUntil } from '../support/wait-until.ts';

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
    'session.timeout.ms': 10_000,
  });
  const consumer = new KafkaConsumer(config, { 'auto.offset.reset': 'earliest' });
  attach(consumer, replace);
  await connectClassic(consumer);
  consumer.on('data', ({ value }) => {
    onValue(String(value));
  });
  consumer.subscribe([topic]);
  consumer.consume();
  open.push(() => disconnect(consumer));
  return consumer;
}

/** Produces and consumes messages, and replaces both clients as docs/librdkafka.md describes. */
class Load {
  sent = 0;
  replaced = 0;
  readonly #binding: ClassicBinding;
  readonly #received: string[] = [];
  /** Messages without a delivery report. */
  readonly #undelivered = new Set<string>();
  #producer: ClassicProducer | undefined;
  #consumer: ClassicConsumer | undefined;
  #lastReceivedAt = 0;
  #longestGapMs = 0;

  constructor(binding: ClassicBinding) {
    this.#binding = binding;
  }

  async start(): Promise<void> {
    [this.#producer, this.#consumer] = await Promise.all([
      this.#startProducer(),
      this.#startConsumer(),
    ]);
  }

  async #startProducer(): Promise<ClassicProducer> {
    const producer = await startProducer(this.#binding, () => this.#replaceProducer());
    producer.on('delivery-report', (error, { opaque }) => {
      if (!error) this.#undelivered.delete(String(opaque));
    });
    return producer;
  }

  #startConsumer(): Promise<ClassicConsumer> {
    const receive = (value: string): void => {
      const now = performance.now();
      if (this.#received.push(value) > 1)
        this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastReceivedAt);
      this.#lastReceivedAt = now;
    };
    return startConsumer(this.#binding, receive, () => this.#replaceConsumer());
  }

  async #replaceProducer(): Promise<void> {
    const old = this.#producer;
    this.#producer = undefined;
    await new Promise<void>((resolve) => old?.disconnect(1_000, resolve));
    this.#producer = await this.#startProducer();
    this.replaced++;
    for (const value of this.#undelivered) this.#produce(value);
  }

  async #replaceConsumer(): Promise<void> {
    this.#consumer?.disconnect(() => undefined);
    this.#consumer = await this.#startConsumer();
    this.replaced++;
  }

  #produce(value: string): void {
    this.#producer?.produce(topic, null, Buffer.from(value), 'one', Date.now(), value);
  }

  /** Sends 200 messages a second. */
  async runFor(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (performance.now() < end) {
      const value = String(this.sent++);
      this.#undelivered.add(value);
      this.#produce(value);
      await delay(5);
    }
  }

  /** Waits until all messages have arrived. */
  async finish(): Promise<void> {
    await waitUntil(() => Promise.resolve(this.lost().length === 0), {
      timeoutMs: 60_000,
      what: 'Receiving all messages',
    });
  }

  /** Returns the messages that were not received. */
  lost(): string[] {
    const received = new Set(this.#received);
    return numbers(this.sent).filter((value) => !received.has(value));
  }

  summary(): string {
    const { length } = this.#received;
    const repeated = length - new Set(this.#received).size;
    return `${this.sent} messages sent, ${this.lost().length} lost, ${repeated} repeated, ${this.replaced} clients replaced, longest gap ${Math.round(this.#longestGapMs)} ms.`;
  }
}

const numbers = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${index}`);

describe.each<ClassicName>(['node-rdkafka', '@confluentinc/kafka-javascript'])('%s', (name) => {
  let binding: ClassicBinding;
  beforeAll(() => {
    binding = loadClassic(name);
  }, BUILD_TIMEOUT_MS);

  it.each(['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'])(
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
    const load = new Load(binding);
    await load.start();
    await load.runFor(2_000);
    try {
      await kafka.setScramPassword('SCRAM-SHA-512', 'of-tomorrow');
      setBroker({ password: 'of-tomorrow' });
      await load.runFor(4 * SESSION_MS);
      await load.finish();
    } finally {
      await kafka.setScramPassword('SCRAM-SHA-512', kafka.user.password);
    }
    console.log(`${name}: ${load.summary()}`);
    expect(load.sent).toBeGreaterThan(1_000);
    expect(load.lost()).toEqual([]);
    // Only node-rdkafka needs new clients.
    expect(load.replaced).toBe(name === 'node-rdkafka' ? 2 : 0);
    expect(warnings).toEqual(
      name === 'node-rdkafka' ? Array(2).fill(`KAFKA_CLIENT_OUTDATED ${name}`) : [],
    );
    const { logins } = quix.describe();
    expect(logins.ended).toBe(0);
    expect(logins.accepted).toBeGreaterThanOrEqual(3);
    expect(logins.lastAcceptedAt?.getTime()).toBeGreaterThan(logins.lastRefusedAt?.getTime() ?? 0);
  });

  it('warns that the client cannot log in, within 5 s, if the password stays refused', async () => {
    setBroker({ password: 'wrong' });
    const { config, attach } = await librdkafkaConfig(quix);
    const producer = new binding.Producer(config);
    attach(producer);
    const start = performance.now();
    const connecting = connectClassic(producer, 6_000);
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
    const connecting = connectClassic(producer, 6_000).then(() => producer);
    connecting.catch(() => undefined);
    // node-rdkafka needs another client.
    const connected = await (name === 'node-rdkafka' ? replaced : connecting);
    expect(connected.isConnected()).toBe(true);
    expect(portal.requests).toHaveLength(2);
    await connecting.catch(() => undefined);
    await disconnect(connected);
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
