import { randomUUID } from 'node:crypto';
import { Consumer } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import type { QuixStreamingClient } from 'quix-streams-auth';
import { confluentKafka } from 'quix-streams-auth/confluent';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomSecret } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { closeConsumer } from './support/close-consumer.ts';
import { loadConfluent, silent } from './support/confluent-build.ts';
import { startKafka, type KafkaCluster } from './support/kafka-cluster.ts';
import { portalBroker } from './support/portal-broker.ts';
import { sharedKafka } from './support/shared-kafka.ts';

closeAfterEach();

const ignore = (): void => undefined;
/** Starts and stops a consumer of each Kafka client. Rejects if the consumer cannot log in. */
const consumers: Record<string, (quix: QuixStreamingClient, topic: string) => Promise<void>> = {
  async kafkajs(quix) {
    const kafka = new Kafka(kafkaJSConfig(quix, { logLevel: logLevel.NOTHING }));
    const consumer = kafka.consumer({ groupId: `org-project-dev-${randomUUID()}` });
    await consumer.connect();
    await consumer.disconnect();
  },
  async '@platformatic/kafka'(quix, topic) {
    const groupId = `org-project-dev-${randomUUID()}`;
    const consumer = platformaticClient(quix, Consumer, { groupId });
    try {
      await consumer.consume({ topics: [topic] });
    } finally {
      await closeConsumer(consumer);
    }
  },
  async '@confluentinc/kafka-javascript'(quix) {
    const kafka = confluentKafka(quix, loadConfluent(), { kafkaJS: { logger: silent } });
    const consumer = kafka.consumer({ kafkaJS: { groupId: `org-project-dev-${randomUUID()}` } });
    await consumer.connect();
    await consumer.disconnect();
  },
};

describe.each(Object.keys(consumers))('the logins of a consumer of %s', (name) => {
  const consume = consumers[name] ?? (() => Promise.reject(new Error(name)));

  it('are counted in describe()', async () => {
    const kafka = sharedKafka();
    const topic = `org-project-dev-${randomUUID()}`;
    await kafka.createTopic(topic);
    const quix = makeClient(await startPortal({ broker: portalBroker(kafka) }));
    await consume(quix, topic);
    const { accepted, ...others } = quix.describe().logins;
    expect(accepted).toBeGreaterThan(0);
    expect(others).toMatchObject({ refused: 0, ended: 0, refusedForMs: 0, hasFinalError: false });
  });

  it('are counted in describe() within 10 s if Kafka refuses them, and so is the end of the consumer', async () => {
    const broker = portalBroker(sharedKafka(), { password: 'wrong-password' });
    const quix = makeClient(await startPortal({ broker }));
    const started = Date.now();
    await expect(consume(quix, 'any')).rejects.toThrow();
    const { refused, lastRefusedAt, ...others } = quix.describe().logins;
    expect(refused).toBeGreaterThan(0);
    expect(others).toMatchObject({
      accepted: 0,
      ended: 1,
      hasFinalError: true,
      lastRefusal: `QUIX_CREDENTIALS_REFUSED (final error of ${name})`,
    });
    expect((lastRefusedAt?.getTime() ?? Infinity) - started).toBeLessThan(10_000);
  });
});

interface RunningConsumer {
  /** Resolves when the consumer has ended by itself, and its Kafka client does not restart it. */
  readonly ended: Promise<unknown>;
  readonly close: () => Promise<void>;
}

const runningConsumers: Record<
  string,
  (quix: QuixStreamingClient, topic: string) => Promise<RunningConsumer>
> = {
  async kafkajs(quix, topic) {
    const kafka = new Kafka(kafkaJSConfig(quix, { logLevel: logLevel.NOTHING }));
    const consumer = kafka.consumer({ groupId: `org-project-dev-${randomUUID()}` });
    const ended = new Promise<void>((resolve) => {
      consumer.on('consumer.crash', ({ payload }) => {
        if (!payload.restart) resolve();
      });
    });
    await consumer.connect();
    await consumer.subscribe({ topic });
    const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
    await consumer.run({ eachMessage: () => Promise.resolve() });
    await joined;
    return { ended, close: () => consumer.disconnect() };
  },
  async '@platformatic/kafka'(quix, topic) {
    const groupId = `org-project-dev-${randomUUID()}`;
    const consumer = platformaticClient(quix, Consumer, { groupId });
    const stream = await consumer.consume({ topics: [topic] });
    stream.on('data', () => undefined);
    const ended = new Promise((resolve) => stream.once('error', resolve));
    // close() rejects, because it connects again to leave the group.
    return { ended, close: () => closeConsumer(consumer).catch(ignore) };
  },
};

describe.each(Object.keys(runningConsumers))('a running consumer of %s', (name) => {
  const start = runningConsumers[name] ?? (() => Promise.reject(new Error(name)));
  let kafka: KafkaCluster;

  beforeAll(async () => {
    kafka = await startKafka({ proxies: true });
  });
  afterAll(async () => {
    await kafka.stop();
  });

  it('is counted in describe().logins after it has ended permanently', async () => {
    const topic = `org-project-dev-${randomUUID()}`;
    await kafka.createTopic(topic);
    const portal = await startPortal({ broker: portalBroker(kafka) });
    const quix = makeClient(portal);
    const { ended, close } = await start(quix, topic);
    expect(quix.describe().logins).toMatchObject({ refused: 0, ended: 0 });

    // Neither the password nor the token is valid any more, so the client cannot recover.
    portal.revokeToken(portal.token1);
    await kafka.setScramPassword('SCRAM-SHA-512', randomSecret('pw-'));
    kafka.proxies[0]?.cut();
    await ended;
    await close();
    const { logins } = quix.describe();
    expect(logins.ended).toBe(1);
    expect(logins.refused).toBeGreaterThan(0);
    expect(logins.lastRefusal).toMatch(new RegExp(`^QUIX_\\w+ \\(final error of ${name}\\)$`));
    expect(logins.lastRefusedAt?.getTime()).toBeGreaterThan(logins.lastAcceptedAt?.getTime() ?? 0);
  });
});
