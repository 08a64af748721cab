import { randomUUID } from 'node:crypto';
import {
  Admin,
  Consumer,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { QuixStreamingClient } from 'quix-streams-auth';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeConsumer } from '../support/close-consumer.ts';
import { startKafka, type KafkaCluster } from '../support/kafka-cluster.ts';
import { portalBroker, type PortalBrokerLogin } from '../support/portal-broker.ts';

let kafka: KafkaCluster;
let portal: PortalEmulator;
let quix: QuixStreamingClient;
const open: (() => unknown)[] = [];

beforeAll(async () => {
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
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function setBroker(login: PortalBrokerLogin = {}): void {
  portal.setBroker(portalBroker(kafka, login));
}

/** Produces and consumes `count` messages. Returns their values in the order of arrival. */
async function roundTrip(count: number): Promise<string[]> {
  const topic = `org-project-dev-${randomUUID()}`;
  await kafka.createTopic(topic);
  const producer = platformaticClient(quix, Producer, { serializers: stringSerializers });
  const consumer = platformaticClient(quix, Consumer, {
    groupId: `org-project-dev-${randomUUID()}`,
    deserializers: stringDeserializers,
  });
  open.push(
    () => producer.close(),
    () => closeConsumer(consumer),
  );
  const values = Array.from({ length: count }, (_, index) => String(index));
  await producer.send({
    acks: -1,
    messages: values.map((value) => ({ topic, key: 'one', value })),
  });
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: true });
  const received: string[] = [];
  for await (const { value } of stream) {
    if (received.push(value) === count) break;
  }
  return received;
}

async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    const texts: string[] = [];
    const collect = (each: unknown): void => {
      if (!(each instanceof Error)) return;
      texts.push(each.message);
      collect(each.cause);
      if (each instanceof AggregateError) each.errors.forEach(collect);
    };
    collect(error);
    return texts.join('\n');
  }
  throw new Error('It resolved, though it should have rejected.');
}

describe('@platformatic/kafka', () => {
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

  it('sends a request in the first call, not when a client is created', async () => {
    const admin = platformaticClient(quix, Admin);
    open.push(() => admin.close());
    expect(portal.requests).toHaveLength(0);
    expect(await admin.listTopics()).toBeInstanceOf(Array);
    expect(portal.requests).toHaveLength(1);
  });

  it('connects to a plaintext broker', async () => {
    portal.setBroker({ brokers: kafka.bootstrap.plaintext, securityProtocol: 'PLAINTEXT' });
    await quix.getBrokerCredentials();
    expect(await roundTrip(1)).toEqual(['0']);
  });

  it('uses a password, a mechanism and a CA that changed, within one call', async () => {
    setBroker({ password: 'of-yesterday', ca: kafka.otherCa });
    await quix.getBrokerCredentials();
    setBroker({ mechanism: 'SCRAM-SHA-256' });
    const admin = platformaticClient(quix, Admin);
    open.push(() => admin.close());
    expect(await admin.listTopics()).toBeInstanceOf(Array);
    expect(portal.requests).toHaveLength(2);
  });

  it(
    'fails after one more exchange, with the reasons of Kafka and the Portal, if the password stays refused',
    { meta: { faults: [96] } },
    async () => {
      setBroker({ password: 'wrong' });
      const admin = platformaticClient(quix, Admin);
      open.push(() => admin.close());
      const start = performance.now();
      const failure = await failureOf(admin.listTopics());
      expect(failure).toMatch(/Portal.*SASL_AUTHENTICATION_FAILED/);
      expect(failure).not.toMatch(/wrong/);
      expect(performance.now() - start).toBeLessThan(10_000);
      expect(portal.requests).toHaveLength(2);
    },
  );

  it('fails with the error of the Portal if the token is rejected', async () => {
    portal.rotateTokens();
    const admin = platformaticClient(quix, Admin);
    open.push(() => admin.close());
    expect(await failureOf(admin.listTopics())).toMatch(/401/);
    expect(portal.requests).toHaveLength(1);
  });

  it('rejects an unknown mechanism and names the supported ones', async () => {
    setBroker({ mechanism: 'GSSAPI' });
    const admin = platformaticClient(quix, Admin);
    open.push(() => admin.close());
    expect(await failureOf(admin.listTopics())).toMatch(
      /GSSAPI.*PLAIN, SCRAM-SHA-256, SCRAM-SHA-512/,
    );
  });
});
