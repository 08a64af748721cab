import { createRequire } from 'node:module';
import type { LibrdkafkaClient } from 'quix-streams-auth/librdkafka';
import { confluentFolder } from './confluent-build.ts';
import { nativeFolder } from './native-folder.ts';

const NODE_RDKAFKA_VERSION = '3.6.1';

/** Time limit for a hook that may build node-rdkafka, which took 8 minutes on a busy machine. */
export const BUILD_TIMEOUT_MS = 900_000;

interface ClassicClient extends LibrdkafkaClient {
  connect(
    options: { timeout?: number },
    callback: (error: Error | null | undefined) => void,
  ): unknown;
  once(event: 'disconnected', listener: () => void): unknown;
  on(event: 'event.log', listener: (log: { message: string }) => void): unknown;
}

export interface ClassicProducer extends ClassicClient {
  on(event: 'event.log', listener: (log: { message: string }) => void): unknown;
  on(
    event: 'delivery-report',
    listener: (error: Error | null, report: { opaque?: unknown }) => void,
  ): unknown;
  disconnect(callback: () => void): unknown;
  disconnect(timeoutMs: number, callback: () => void): unknown;
  setPollInterval(ms: number): unknown;
  produce(
    topic: string,
    partition: number | null,
    value: Buffer,
    key: string,
    timestamp: number,
    opaque: unknown,
  ): unknown;
}

export interface ClassicConsumer extends ClassicClient {
  on(event: 'event.log', listener: (log: { message: string }) => void): unknown;
  on(event: 'data', listener: (message: { value: Buffer | null }) => void): unknown;
  subscribe(topics: string[]): unknown;
  unsubscribe(): unknown;
  consume(): void;
}

/** The API that both bindings of librdkafka have. They cannot be devDependencies, see {@link nativeFolder}. */
export interface ClassicBinding {
  readonly Producer: new (config: object, topicConfig?: object) => ClassicProducer;
  readonly KafkaConsumer: new (config: object, topicConfig: object) => ClassicConsumer;
}

/** Returns the folder of node-rdkafka. */
export const nodeRdkafkaFolder = (): string =>
  nativeFolder('node-rdkafka', NODE_RDKAFKA_VERSION, `node-rdkafka-${NODE_RDKAFKA_VERSION}`);

export type ClassicName = 'node-rdkafka' | '@confluentinc/kafka-javascript';

/** Returns the folder of a binding. */
export const classicFolder = (name: ClassicName): string =>
  name === 'node-rdkafka' ? nodeRdkafkaFolder() : confluentFolder();

export function loadClassic(name: ClassicName): ClassicBinding {
  return createRequire(import.meta.url)(classicFolder(name)) as ClassicBinding;
}

/** Connects a client. */
export function connectClassic(client: ClassicClient, timeout = 30_000): Promise<void> {
  return new Promise((resolve, reject) => {
    client.connect({ timeout }, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
