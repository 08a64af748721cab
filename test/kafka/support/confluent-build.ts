import { createRequire } from 'node:module';
import { nativeFolder } from './native-folder.ts';

/** A fixed version, because the adapter relies on internals of the library. */
export const CONFLUENT_VERSION = '1.10.1';

interface Message {
  readonly key?: string;
  readonly value: string | Buffer;
}

/**
 * The part of the library's KafkaJS API that the tests use. It cannot be a devDependency, see
 * {@link nativeFolder}.
 */
export interface ConfluentProducer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  send(record: { topic: string; messages: Message[] }): Promise<unknown>;
}
export interface ConfluentConsumer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  subscribe(topics: { topics: string[] }): Promise<void>;
  run(config: {
    eachMessage: (payload: {
      partition: number;
      message: { key?: Buffer | null; value: Buffer | null; offset: string };
    }) => Promise<void>;
  }): Promise<void>;
}
export interface ConfluentAdmin {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  listTopics(): Promise<string[]>;
}
export interface ConfluentKafka {
  producer(config?: object): ConfluentProducer;
  consumer(config: object): ConfluentConsumer;
  admin(config?: object): ConfluentAdmin;
}
export interface ConfluentKafkaJS {
  readonly Kafka: new (config?: object) => ConfluentKafka;
}

/** Returns the folder of @confluentinc/kafka-javascript. */
export const confluentFolder = (): string =>
  nativeFolder(
    '@confluentinc/kafka-javascript',
    CONFLUENT_VERSION,
    `confluent-${CONFLUENT_VERSION}`,
  );

/** Returns the `KafkaJS` namespace of the package. */
export function loadConfluent(): ConfluentKafkaJS {
  const require = createRequire(import.meta.url);
  return (require(confluentFolder()) as { KafkaJS: ConfluentKafkaJS }).KafkaJS;
}

const silence = (): void => undefined;
/** A logger that discards the lines of librdkafka. */
export const silent = {
  info: silence,
  warn: silence,
  error: silence,
  debug: silence,
  setLogLevel: silence,
  namespace: (): object => silent,
};
