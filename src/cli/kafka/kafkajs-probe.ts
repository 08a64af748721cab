import type * as KafkaJS from 'kafkajs';
import { confluentKafka } from 'quix-streams-auth/confluent';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { fixedClient, type KafkaProbe, type ProbeOptions } from './kafka-probe.ts';

/** Enough for a new Kafka cluster, which creates its topic for groups on the first request. */
const RETRIES = 4;

/** States of a group by librdkafka's number. */
const STATES = ['Unknown', 'PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead', 'Empty'];

interface Connection {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

type Topics = readonly { readonly partitions: readonly unknown[] }[];

interface Group {
  readonly state: string | number;
  readonly error?: Error & { readonly code?: number };
}

/** The parts of the KafkaJS API that both libraries have. */
interface Kafka {
  producer(): Connection;
  admin(): Connection & {
    fetchTopicMetadata(options: {
      topics: string[];
      timeout: number;
    }): Promise<Topics | { readonly topics: Topics }>;
    describeGroups(groups: string[], options: object): Promise<{ groups: readonly Group[] }>;
  };
}

function probe(kafka: Kafka, timeout: number): KafkaProbe {
  const [producer, admin] = [kafka.producer(), kafka.admin()];
  return {
    // An admin of @confluentinc/kafka-javascript does not wait for its login.
    logIn: () => producer.connect(),
    async countPartitions(topicId) {
      await admin.connect();
      const found = await admin.fetchTopicMetadata({ topics: [topicId], timeout });
      const topics = 'topics' in found ? found.topics : found;
      return topics[0]?.partitions.length ?? 0;
    },
    async groupState(groupId) {
      await admin.connect();
      const { groups } = await admin.describeGroups([groupId], { timeout });
      const { state = 'Unknown', error } = groups[0] ?? {};
      if (error?.code) throw error;
      return typeof state === 'number' ? (STATES[state] ?? 'Unknown') : state;
    },
    async close() {
      await Promise.all([producer.disconnect(), admin.disconnect()]);
    },
  };
}

/** Creates a probe with kafkajs. */
export function kafkaJSProbe(
  { Kafka, logLevel }: typeof KafkaJS,
  { credentials, broker, timeoutMs }: ProbeOptions,
): KafkaProbe {
  const config = kafkaJSConfig(fixedClient(credentials), {
    brokers: [broker],
    clientId: credentials.clientId ?? 'quix-auth',
    connectionTimeout: timeoutMs,
    authenticationTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    logLevel: logLevel.NOTHING,
    retry: { retries: RETRIES },
  });
  return probe(new Kafka(config), timeoutMs);
}

/** The namespace of @confluentinc/kafka-javascript. Its types may not be installed. */
interface ConfluentLibrary {
  readonly KafkaJS: { readonly Kafka: new (config?: object) => Kafka & { consumer: unknown } };
}

/** Level of librdkafka's log. The adapter finds refused logins in the log. */
const ERROR = 3;
const ignore = (): void => undefined;
const SILENT = { setLogLevel: ignore, error: ignore, warn: ignore, info: ignore, debug: ignore };

/** Creates a probe with @confluentinc/kafka-javascript. */
export function confluentProbe(
  { KafkaJS }: ConfluentLibrary,
  { credentials, broker, timeoutMs }: ProbeOptions,
): KafkaProbe {
  const kafka = confluentKafka(fixedClient(credentials), KafkaJS, {
    'bootstrap.servers': broker,
    ...(credentials.clientId === undefined && { 'client.id': 'quix-auth' }),
    log_level: ERROR,
    kafkaJS: { logger: SILENT },
  });
  return probe(kafka, timeoutMs);
}
