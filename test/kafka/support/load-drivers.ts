import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import type { QuixStreamingClient } from 'quix-streams-auth';
import { confluentKafka } from 'quix-streams-auth/confluent';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { closeConsumer } from './close-consumer.ts';
import { loadConfluent } from './confluent-build.ts';

export interface LoadMessage {
  readonly key: string;
  readonly value: string;
}

export interface Delivery extends LoadMessage {
  readonly partition: number;
  readonly offset: bigint;
}

/** One Kafka client that produces idempotently with acks from all replicas, and consumes. */
export interface LoadDriver {
  send(messages: LoadMessage[]): Promise<void>;
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly quix: QuixStreamingClient;
  readonly topic: string;
  readonly groupId: string;
  readonly onDelivery: (delivery: Delivery) => void;
  /** A consumer that ended by itself. */
  readonly onCrash: (error: unknown) => void;
}

async function startKafkaJS({
  quix,
  topic,
  groupId,
  onDelivery,
  onCrash,
}: LoadOptions): Promise<LoadDriver> {
  const kafka = new Kafka(kafkaJSConfig(quix, { logLevel: logLevel.NOTHING }));
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  const consumer = kafka.consumer({ groupId, sessionTimeout: 10_000, heartbeatInterval: 1_000 });
  consumer.on('consumer.crash', ({ payload }) => {
    if (!payload.restart) onCrash(payload.error);
  });
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 3,
    eachMessage: ({ partition, message: { key, value, offset } }) => {
      onDelivery({ partition, offset: BigInt(offset), key: String(key), value: String(value) });
      return Promise.resolve();
    },
  });
  return {
    send: async (messages) => {
      await producer.send({ topic, acks: -1, messages });
    },
    stop: async () => {
      await Promise.all([producer.disconnect(), consumer.disconnect()]);
    },
  };
}

async function startPlatformatic({
  quix,
  topic,
  groupId,
  onDelivery,
  onCrash,
}: LoadOptions): Promise<LoadDriver> {
  const producer = platformaticClient(quix, Producer, {
    serializers: stringSerializers,
    idempotent: true,
    acks: -1,
  });
  const consumer = platformaticClient(quix, Consumer, {
    groupId,
    deserializers: stringDeserializers,
    sessionTimeout: 10_000,
    heartbeatInterval: 1_000,
  });
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: true });
  let isStopping = false;
  stream.on('data', ({ partition, offset, key, value }) => {
    onDelivery({ partition, offset, key, value });
  });
  stream.on('error', (error: unknown) => {
    if (!isStopping) onCrash(error);
  });
  return {
    send: async (messages) => {
      await producer.send({ messages: messages.map((message) => ({ topic, ...message })) });
    },
    stop: async () => {
      isStopping = true;
      await Promise.all([producer.close(), closeConsumer(consumer)]);
    },
  };
}

const silence = (): void => undefined;
const silent = {
  info: silence,
  warn: silence,
  error: silence,
  debug: silence,
  setLogLevel: silence,
  namespace: (): object => silent,
};

async function startConfluent({
  quix,
  topic,
  groupId,
  onDelivery,
  onCrash,
}: LoadOptions): Promise<LoadDriver> {
  quix.on('warning', ({ code }) => {
    if (code.startsWith('KAFKA_')) onCrash(code);
  });
  const kafka = confluentKafka(quix, loadConfluent(), { kafkaJS: { logger: silent } });
  const producer = kafka.producer({ kafkaJS: { idempotent: true, acks: -1 }, 'linger.ms': 5 });
  const consumer = kafka.consumer({
    kafkaJS: { groupId, fromBeginning: true, sessionTimeout: 10_000 },
  });
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topics: [topic] });
  await consumer.run({
    eachMessage: ({ partition, message: { key, value, offset } }) => {
      onDelivery({ partition, offset: BigInt(offset), key: String(key), value: String(value) });
      return Promise.resolve();
    },
  });
  return {
    send: async (messages) => {
      await producer.send({ topic, messages });
    },
    stop: async () => {
      await Promise.all([producer.disconnect(), consumer.disconnect()]);
    },
  };
}

export const drivers = {
  kafkajs: startKafkaJS,
  '@platformatic/kafka': startPlatformatic,
  '@confluentinc/kafka-javascript': startConfluent,
} as const;
