import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type KafkaConfig, type KafkaMessage } from 'kafkajs';
import {
  QuixStreamingClient,
  type BrokerCredentials,
  type QuixClientOptions,
} from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startKafka, type KafkaCluster } from '../support/kafka-cluster.ts';
import { portalBroker, type PortalBrokerLogin } from '../support/portal-broker.ts';

let kafka: KafkaCluster;
let portal: PortalEmulator;
const open: (() => Promise<void>)[] = [];
/** Everything that kafkajs logged, to search it for secrets. */
let logged: string[] = [];

beforeAll(async () => {
  const start = performance.now();
  kafka = await startKafka();
  console.log(`Apache Kafka was ready after ${((performance.now() - start) / 1000).toFixed(1)} s.`);
});
afterAll(async () => {
  await kafka.stop();
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  logged = [];
});

const QUIET: Partial<KafkaConfig> = {
  logLevel: logLevel.DEBUG,
  logCreator: () => (entry) => {
    logged.push(JSON.stringify(entry));
  },
};

async function startPortal(broker: PortalBrokerLogin = {}): Promise<PortalEmulator> {
  portal = await startPortalEmulator();
  open.push(() => portal.close());
  setBroker(broker);
  return portal;
}

function setBroker(login: PortalBrokerLogin = {}): void {
  portal.setBroker(portalBroker(kafka, login));
}

function makeClient(options: QuixClientOptions = {}): QuixStreamingClient {
  const quix = new QuixStreamingClient({ env: portal.env, ...options });
  open.push(() => quix.close());
  return quix;
}

function makeKafka(quix: QuixStreamingClient, overrides: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka(kafkaJSConfig(quix, { ...QUIET, ...overrides }));
}

/** Produces and consumes `count` messages. Returns their values in the order of arrival. */
async function roundTrip(client: Kafka, count: number): Promise<string[]> {
  const topic = `org-project-dev-${randomUUID()}`;
  await kafka.createTopic(topic);
  const producer = client.producer();
  const consumer = client.consumer({ groupId: `org-project-dev-${randomUUID()}` });
  await Promise.all([producer.connect(), consumer.connect()]);
  open.push(
    () => producer.disconnect(),
    () => consumer.disconnect(),
  );
  await consumer.subscribe({ topic, fromBeginning: true });
  const received: string[] = [];
  const all = new Promise<void>((resolve) => {
    void consumer.run({
      eachMessage: ({ message }: { message: KafkaMessage }) => {
        if (received.push(message.value?.toString() ?? '') === count) resolve();
        return Promise.resolve();
      },
    });
  });
  const values = Array.from({ length: count }, (_, index) => String(index));
  for (let sent = 0; sent < count; sent += 100) {
    const messages = values.slice(sent, sent + 100).map((value) => ({ key: 'one', value }));
    await producer.send({ topic, acks: -1, messages });
  }
  await all;
  return received;
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('It resolved, though it should have rejected.');
}

describe('kafkajs with Quix__Sdk__Token and the address of the Portal', () => {
  it('produces 1 000 messages and consumes them in order over SASL_SSL with SCRAM-SHA-512 and a private CA', async () => {
    await startPortal();
    const before = { ...process.env };
    Object.assign(process.env, portal.env);
    try {
      const quix = new QuixStreamingClient();
      open.push(() => quix.close());
      const received = await roundTrip(makeKafka(quix), 1_000);
      expect(received).toEqual(Array.from({ length: 1_000 }, (_, index) => String(index)));
      expect(quix.describe()).toMatchObject({
        exchanges: 1,
        token: { source: 'Quix__Sdk__Token' },
      });
    } finally {
      for (const name of Object.keys(portal.env)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, before);
    }
  });

  it.each(['SCRAM-SHA-256', 'PLAIN'])('produces and consumes with %s', async (mechanism) => {
    await startPortal({ mechanism });
    expect(await roundTrip(makeKafka(makeClient()), 100)).toHaveLength(100);
  });

  it('sends nothing until the first connection, then one request, or two to find the workspace', async () => {
    await startPortal();
    for (const [workspaceId, requests] of [
      [portal.workspaceId, 1],
      [undefined, 2],
    ] as const) {
      portal.requests.length = 0;
      const quix = makeClient({ workspaceId });
      const admin = makeKafka(quix).admin();
      expect(portal.requests).toHaveLength(0);
      await admin.connect();
      await admin.listTopics();
      await admin.disconnect();
      expect(portal.requests).toHaveLength(requests);
      await Promise.all(Array.from({ length: 10_000 }, () => quix.getBrokerCredentials()));
      expect(portal.requests).toHaveLength(requests);
    }
  });

  it('logs neither token nor password at debug level', { meta: { faults: [93] } }, async () => {
    await startPortal();
    const { token1, token2 } = portal;
    await roundTrip(makeKafka(makeClient()), 1);
    setBroker({ password: 'refused-by-kafka' });
    await messageOf(
      makeKafka(makeClient(), { retry: { retries: 1 } })
        .admin()
        .connect(),
    );
    expect(logged.length).toBeGreaterThan(10);
    const output = logged.join('\n');
    for (const secret of [token1, token2, kafka.user.password, 'refused-by-kafka']) {
      expect(output.includes(secret)).toBe(false);
    }
  });

  it('connects to a plaintext broker from the Portal or from Quix__Broker__Address', async () => {
    const [address = ''] = kafka.bootstrap.plaintext;
    await startPortal();
    portal.setBroker({ brokers: [address], securityProtocol: 'PLAINTEXT' });
    const fromPortal = makeClient();
    await fromPortal.getBrokerCredentials();
    const local = makeClient({ env: { Quix__Broker__Address: address } });
    for (const quix of [fromPortal, local]) {
      expect(await roundTrip(makeKafka(quix), 1)).toEqual(['0']);
    }
  });
});

describe('a connection that cannot succeed', () => {
  it(
    'fails after one more exchange, with the reasons of Kafka and the Portal, if the password is wrong',
    { meta: { faults: [96] } },
    async () => {
      await startPortal({ password: 'wrong' });
      const quix = makeClient({ workspaceId: portal.workspaceId });
      const start = performance.now();
      const message = await messageOf(makeKafka(quix).admin().connect());
      expect(message).toMatch(/Portal.*SASL_AUTHENTICATION_FAILED/);
      expect(performance.now() - start).toBeLessThan(10_000);
      expect(portal.requests).toHaveLength(2);
    },
  );

  it('fails with a message about the certificate if the CA is wrong', async () => {
    await startPortal({ ca: kafka.otherCa });
    const start = performance.now();
    const message = await messageOf(
      makeKafka(makeClient(), { retry: { retries: 2 } })
        .admin()
        .connect(),
    );
    expect(message).toMatch(/certificate|SELF_SIGNED|UNABLE_TO_VERIFY/i);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('verifies the broker with the system roots if the Portal returns no CA', async () => {
    await startPortal();
    portal.setBroker({ ca: '' });
    const message = await messageOf(
      makeKafka(makeClient(), { retry: { retries: 0 } })
        .admin()
        .connect(),
    );
    expect(message).toMatch(/certificate|SELF_SIGNED|UNABLE_TO_VERIFY/i);
  });

  it('fails if the certificate does not contain the host name', async () => {
    await startPortal();
    const port = kafka.bootstrap.saslSsl[0]?.split(':')[1] ?? '';
    portal.setBroker({ brokers: [`127.0.0.1:${port}`] });
    const message = await messageOf(
      makeKafka(makeClient(), { retry: { retries: 0 } })
        .admin()
        .connect(),
    );
    expect(message).toMatch(/IP: 127\.0\.0\.1 is not in the cert's list/);
  });

  it('fails with the supported mechanisms in the message if the mechanism is unknown', async () => {
    await startPortal({ mechanism: 'GSSAPI' });
    const message = await messageOf(
      makeKafka(makeClient(), { retry: { retries: 0 } })
        .admin()
        .connect(),
    );
    expect(message).toMatch(/GSSAPI.*PLAIN, SCRAM-SHA-256, SCRAM-SHA-512/);
  });

  it('fails with the error of the Portal if the token was deactivated', async () => {
    await startPortal();
    const quix = makeClient({ token: portal.token1, env: { Quix__Portal__Api: portal.url } });
    portal.rotateTokens();
    const message = await messageOf(makeKafka(quix).admin().connect());
    expect(message).toMatch(/401.*Token 1/);
  });
});

describe('a password that changed', () => {
  it('is used within one connect(), after one exchange', async () => {
    await startPortal({ password: 'of-yesterday' });
    const quix = makeClient({ workspaceId: portal.workspaceId });
    await quix.getBrokerCredentials();
    setBroker({});
    const admin = makeKafka(quix).admin();
    await admin.connect();
    open.push(() => admin.disconnect());
    expect(await admin.listTopics()).toBeInstanceOf(Array);
    expect(portal.requests).toHaveLength(2);
  });

  it(
    'is used within one send() after the connections were lost',
    { meta: { faults: [95] } },
    async () => {
      await startPortal();
      const quix = makeClient({ workspaceId: portal.workspaceId });
      const topic = `org-project-dev-${randomUUID()}`;
      await kafka.createTopic(topic);
      const producer = makeKafka(quix).producer();
      await producer.connect();
      open.push(() => producer.disconnect());
      await producer.send({ topic, messages: [{ value: 'before' }] });
      const old = kafka.user.password;
      try {
        await kafka.setScramPassword('SCRAM-SHA-512', 'of-tomorrow');
        setBroker({ password: 'of-tomorrow' });
        await kafka.restartBroker(0);
        await producer.send({ topic, messages: [{ value: 'after' }] });
        expect(portal.requests).toHaveLength(2);
        expect(quix.describe()).toMatchObject({ state: 'ready', generation: 2 });
      } finally {
        await kafka.setScramPassword('SCRAM-SHA-512', old);
      }
    },
  );

  it('is used together with a mechanism that changed while a producer was connected', async () => {
    await startPortal();
    const quix = makeClient({ workspaceId: portal.workspaceId });
    const topic = `org-project-dev-${randomUUID()}`;
    await kafka.createTopic(topic);
    const producer = makeKafka(quix).producer();
    await producer.connect();
    open.push(() => producer.disconnect());
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256']) {
      setBroker({ mechanism });
      quix.invalidate();
      await kafka.restartBroker(0);
      await producer.send({ topic, messages: [{ value: mechanism }] });
    }
    expect(portal.requests).toHaveLength(3);
    expect(quix.describe()).toMatchObject({ state: 'ready', generation: 3 });
  });

  it(
    'causes one exchange for 200 connections that are refused at the same moment',
    { meta: { faults: [96] } },
    async () => {
      await startPortal({ password: 'of-yesterday' });
      const quix = makeClient();
      await quix.getBrokerCredentials();
      setBroker({});
      const before = portal.requests.length;
      const refused: BrokerCredentials[] = [];
      // Without this, the exchange would end before all connections are refused.
      let release = (): void => undefined;
      const allRefused = new Promise<void>((resolve) => (release = resolve));
      const source = (): Parameters<typeof kafkaJSConfig>[0] => {
        let isRefused = false;
        return {
          describe: () => quix.describe(),
          getBrokerCredentials: async () => {
            if (isRefused) await allRefused;
            return await quix.getBrokerCredentials();
          },
          invalidate: (credentials) => {
            isRefused = true;
            if (credentials) refused.push(credentials);
            if (refused.length < 200) return;
            for (const each of refused) quix.invalidate(each);
            release();
          },
        };
      };
      const producers = Array.from({ length: 200 }, () =>
        new Kafka(kafkaJSConfig(source(), QUIET)).producer(),
      );
      open.push(async () => {
        await Promise.all(producers.map((producer) => producer.disconnect()));
      });
      await Promise.all(producers.map((producer) => producer.connect()));
      expect(refused).toHaveLength(200);
      expect(portal.requests).toHaveLength(before + 1);
    },
  );

  it('is used together with a mechanism and a CA that changed', async () => {
    await startPortal({ ca: kafka.otherCa, password: 'of-yesterday' });
    const quix = makeClient({ workspaceId: portal.workspaceId });
    await quix.getBrokerCredentials();
    setBroker({ mechanism: 'PLAIN' });
    const admin = makeKafka(quix).admin();
    await admin.connect();
    open.push(() => admin.disconnect());
    expect(await admin.listTopics()).toBeInstanceOf(Array);
    expect(portal.requests).toHaveLength(2);
  });
});
