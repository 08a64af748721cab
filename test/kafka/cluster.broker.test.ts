import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel, type Producer, type SASLOptions } from 'kafkajs';
import { beforeAll, describe, expect, it } from 'vitest';
import { withAdmin } from './support/kafka-access.ts';
import { startKafka, type KafkaCluster } from './support/kafka-cluster.ts';

/** kafkajs authenticates again in the last 10 s of a session, here after 2 s. */
const SESSION_MS = 12_000;

interface Login {
  host: string;
  port: number;
  saslAuthenticate: (request: object) => unknown;
}

let kafka: KafkaCluster;

beforeAll(async () => {
  kafka = await startKafka({ brokers: 3, sessionLifetimeMs: SESSION_MS, acls: true });
  return kafka.stop;
});

function connectTo(broker: string | undefined, sasl: object): Kafka {
  return new Kafka({
    brokers: [broker ?? ''],
    ssl: { ca: kafka.ca },
    sasl: sasl as SASLOptions,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
}

/** Logs in to each broker. Returns `accepted` or the name of the error for each one. */
function logInEverywhere(password: string): Promise<string[]> {
  const sasl = { mechanism: 'scram-sha-512', username: kafka.user.username, password };
  return Promise.all(
    kafka.bootstrap.saslSsl.map(async (broker) => {
      const admin = connectTo(broker, sasl).admin();
      try {
        await admin.connect();
        return 'accepted';
      } catch (error) {
        return (error as Error).name;
      } finally {
        await admin.disconnect();
      }
    }),
  );
}

describe('a Kafka cluster of three brokers', () => {
  it('accepts a changed SCRAM password on each broker, and rejects the old one', async () => {
    const old = kafka.user.password;
    try {
      await kafka.setScramPassword('SCRAM-SHA-512', 'of-tomorrow');
      expect(await logInEverywhere('of-tomorrow')).toEqual(Array(3).fill('accepted'));
      expect(await logInEverywhere(old)).toEqual(Array(3).fill('KafkaJSSASLAuthenticationError'));
    } finally {
      await kafka.setScramPassword('SCRAM-SHA-512', old);
    }
  });

  it('allows topics with a permitted prefix only', async () => {
    await kafka.createTopic('ours-data');
    await kafka.createTopic('theirs-data');
    await kafka.allowPrefix('ours-');
    const { username, password } = kafka.user;
    const sasl = { mechanism: 'plain', username, password };
    const producer = connectTo(kafka.bootstrap.saslSsl[1], sasl).producer();
    await producer.connect();
    const sendTo = (topic: string): ReturnType<Producer['send']> =>
      producer.send({ topic, messages: [{ value: 'x' }] });
    try {
      await expect(sendTo('ours-data')).resolves.toMatchObject([{ errorCode: 0 }]);
      await expect(sendTo('theirs-data')).rejects.toThrow(/Topic authorization failed/);
    } finally {
      await producer.disconnect();
    }
  });

  it('requires clients to authenticate again after the session lifetime', async () => {
    const logins = new Map<string, number>();
    const { username, password } = kafka.user;
    const provider = ({ host, port, saslAuthenticate }: Login) => ({
      async authenticate() {
        const address = `${host}:${port}`;
        logins.set(address, (logins.get(address) ?? 0) + 1);
        const bytes = Buffer.from(`\0${username}\0${password}`);
        const size = Buffer.alloc(4);
        size.writeInt32BE(bytes.length);
        await saslAuthenticate({ request: { encode: () => Buffer.concat([size, bytes]) } });
      },
    });
    const [broker = ''] = kafka.bootstrap.saslSsl;
    const sasl = { mechanism: 'plain', authenticationProvider: provider };
    const admin = connectTo(broker, sasl).admin();
    await admin.connect();
    try {
      await admin.describeCluster();
      expect(logins.get(broker)).toBe(1);
      await delay(SESSION_MS - 10_000 + 500);
      // kafkajs sends the request to any broker.
      for (let tries = 0; tries < 50 && logins.get(broker) === 1; tries++) {
        await admin.describeCluster();
      }
      expect(logins.get(broker)).toBe(2);
    } finally {
      await admin.disconnect();
    }
  });

  it('is in sync after each step of a rolling restart, and keeps acknowledged messages', async () => {
    const topic = 'ours-kept';
    await kafka.createTopic(topic, 3);
    const producer = new Kafka({
      brokers: kafka.bootstrap.plaintext,
      logLevel: logLevel.NOTHING,
    }).producer();
    await producer.connect();
    const messages = Array.from({ length: 300 }, (_, index) => ({ key: `${index}`, value: 'x' }));
    await producer.send({ topic, acks: -1, messages });
    await producer.disconnect();

    for (const index of kafka.bootstrap.plaintext.keys()) {
      await kafka.restartBroker(index);
      await withAdmin({ brokers: [kafka.bootstrap.plaintext[index] ?? ''] }, async (admin) => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        const replicas = topics.flatMap(({ partitions }) =>
          partitions.map(({ isr }) => isr.length),
        );
        expect(replicas).toEqual([3, 3, 3]);
        const offsets = await admin.fetchTopicOffsets(topic);
        expect(offsets.reduce((sum, { high }) => sum + Number(high), 0)).toBe(300);
      });
    }
  }, 300_000);
});
