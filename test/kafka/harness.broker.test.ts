import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type KafkaConfig, type SASLOptions } from 'kafkajs';
import { afterEach, describe, expect, it } from 'vitest';
import { sharedKafka } from './support/shared-kafka.ts';

// Tests the Kafka of the test environment with kafkajs alone. The package is not involved.
const kafka = sharedKafka();
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function connectWith(
  mechanism: string,
  { password = kafka.user.password, ca = kafka.ca, brokers = kafka.bootstrap.saslSsl } = {},
): Kafka {
  const sasl = { mechanism, username: kafka.user.username, password } as SASLOptions;
  const config: KafkaConfig = { brokers, ssl: { ca }, sasl, retry: { retries: 0 } };
  return new Kafka({ ...config, logLevel: logLevel.NOTHING });
}

async function roundTrip(client: Kafka, values: readonly string[]): Promise<string[]> {
  const topic = `harness-${randomUUID()}`;
  await kafka.createTopic(topic);
  const producer = client.producer();
  const consumer = client.consumer({ groupId: `harness-${randomUUID()}`, retry: { retries: 5 } });
  await Promise.all([producer.connect(), consumer.connect()]);
  open.push(
    () => producer.disconnect(),
    () => consumer.disconnect(),
  );
  await producer.send({ topic, acks: -1, messages: values.map((value) => ({ value })) });
  await consumer.subscribe({ topic, fromBeginning: true });
  const received: string[] = [];
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    const eachMessage = ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
      if (received.push(String(message.value)) === values.length) resolve();
      return Promise.resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  return received;
}

const MECHANISMS = ['scram-sha-256', 'scram-sha-512', 'plain'];

describe('the Kafka of the test environment', () => {
  it.each(MECHANISMS)('accepts messages over SASL_SSL with %s', async (mechanism) => {
    expect(await roundTrip(connectWith(mechanism), ['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
  });

  it.each(MECHANISMS)('refuses a wrong password with %s', async (mechanism) => {
    const admin = connectWith(mechanism, { password: 'wrong' }).admin();
    await expect(admin.connect()).rejects.toMatchObject({ name: 'KafkaJSSASLAuthenticationError' });
  });

  it('is rejected by a client that trusts another CA', async () => {
    const admin = connectWith('plain', { ca: kafka.otherCa }).admin();
    await expect(admin.connect()).rejects.toThrow(/unable to verify|certificate/i);
  });

  it('is rejected by a client that connects with a host name that is not in the certificate', async () => {
    const [, port = ''] = kafka.bootstrap.saslSsl[0]?.split(':') ?? [];
    const admin = connectWith('plain', { brokers: [`127.0.0.1:${port}`] }).admin();
    await expect(admin.connect()).rejects.toThrow(/not in the cert's list/);
  });
});
