import { setTimeout as delay } from 'node:timers/promises';
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { closeConsumer } from './close-consumer.ts';
import {
  confluentClients,
  kafkaJSOptions,
  platformaticSource,
  type LoadSource,
} from './load-sources.ts';

/** Partitions of each topic. */
export const PARTITIONS = 3;
/**
 * Time after which Kafka removes a consumer that sends no heartbeats from its group. A consumer that
 * replaces another one may have to wait for this.
 */
export const SESSION_TIMEOUT_MS = 10_000;
/** Time limit for consuming again after a stream ended. */
const CONSUME_TIMEOUT_MS = 120_000;

export interface LoadMessage {
  readonly key: string;
  readonly value: string;
  readonly partition: number;
}

export interface Delivery extends LoadMessage {
  readonly offset: bigint;
}

/**
 * A Kafka client that produces idempotently with acknowledgements of all replicas, and consumes.
 */
export interface LoadDriver {
  /** Sends messages to one partition. */
  send(messages: LoadMessage[]): Promise<void>;
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly source: LoadSource;
  readonly topic: string;
  readonly groupId: string;
  readonly onDelivery: (delivery: Delivery) => void;
  /** Called when a consumer ends permanently. */
  readonly onCrash: (error: unknown) => void;
  /** Called when a stream ends and another one is opened. */
  readonly onConsumeAgain: (error: unknown) => void;
  /** Called for warnings and errors in the log of kafkajs. */
  readonly onLog?: (text: string) => void;
}

async function startKafkaJS({
  source,
  topic,
  groupId,
  onDelivery,
  onCrash,
  onLog,
}: LoadOptions): Promise<LoadDriver> {
  const kafka = new Kafka({
    ...kafkaJSOptions(source),
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ log }) =>
        onLog?.([log.message, log['broker'], log['error']].filter(Boolean).join(' ')),
  });
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: 1_000,
  });
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

async function rejectAfter(ms: number): Promise<never> {
  await delay(ms, undefined, { ref: false });
  throw new Error(`Nothing happened within ${ms} ms.`);
}

async function startPlatformatic({
  source,
  topic,
  groupId,
  onDelivery,
  onCrash,
  onConsumeAgain,
}: LoadOptions): Promise<LoadDriver> {
  const credentials = platformaticSource(source);
  const producer = platformaticClient(credentials, Producer, {
    serializers: stringSerializers,
    idempotent: true,
    acks: -1,
  });
  // A stream ends with an error after its last retry, so users must open another one. Offsets of
  // handled messages are committed, and the new stream begins there.
  let isStopping = false;
  let consumer: Consumer<string, string, string, string>;
  const handled = new Map<number, { commit: () => unknown }>();
  const committing = setInterval(() => {
    for (const message of handled.values()) {
      Promise.resolve(message.commit()).catch(() => undefined);
    }
    handled.clear();
  }, 500);
  const consume = async (): Promise<void> => {
    const own = (consumer = platformaticClient(credentials, Consumer, {
      groupId,
      deserializers: stringDeserializers,
      sessionTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: 1_000,
    }));
    const stream = await own.consume({
      topics: [topic],
      mode: 'committed',
      fallbackMode: 'earliest',
      autocommit: false,
    });
    stream.on('data', (message) => {
      const { partition, offset, key, value } = message;
      onDelivery({ partition, offset, key, value });
      handled.set(partition, message);
    });
    stream.on('error', (error: unknown) => {
      if (isStopping) return;
      onConsumeAgain(error);
      void consumeAgain();
    });
  };
  const consumeAgain = async (): Promise<void> => {
    const giveUpAt = performance.now() + CONSUME_TIMEOUT_MS;
    while (!isStopping) {
      closeConsumer(consumer).catch(() => undefined);
      try {
        await Promise.race([consume(), rejectAfter(30_000)]);
        return;
      } catch (error) {
        if (performance.now() > giveUpAt) {
          onCrash(error);
          return;
        }
        await delay(1_000);
      }
    }
  };
  await consume();
  return {
    send: async (messages) => {
      await producer.send({ messages: messages.map((message) => ({ topic, ...message })) });
    },
    stop: async () => {
      isStopping = true;
      clearInterval(committing);
      await Promise.all([producer.close(), closeConsumer(consumer)]);
    },
  };
}

async function startConfluent({
  source,
  topic,
  groupId,
  onDelivery,
  onCrash,
}: LoadOptions): Promise<LoadDriver> {
  const kafka = confluentClients(source);
  const producer = kafka.producer({ kafkaJS: { idempotent: true, acks: -1 }, 'linger.ms': 5 });
  const consumer = kafka.consumer({
    kafkaJS: { groupId, fromBeginning: true, sessionTimeout: SESSION_TIMEOUT_MS },
  });
  if ('getBrokerCredentials' in source) {
    source.on('warning', ({ code, message }) => {
      // The adapter could not replace a client.
      const needsReconnect = code === 'KAFKA_CLIENT_OUTDATED' && message.includes('disconnect()');
      if (code === 'KAFKA_LOGIN_REFUSED' || needsReconnect) onCrash(message);
    });
  }
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
