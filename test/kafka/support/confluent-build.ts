import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cachePath, installOnce } from './cached-install.ts';

/** A fixed version, because the adapter relies on internals of the library. */
export const CONFLUENT_VERSION = '1.10.1';
/** Debian packages that the source build links to. */
const PACKAGES = 'libssl-dev zlib1g-dev libzstd-dev libsasl2-dev libcurl4-openssl-dev liblz4-dev';

interface Message {
  readonly key?: string;
  readonly value: string | Buffer;
}

/**
 * The part of the library's KafkaJS API that the tests use. It cannot be a devDependency, see
 * {@link confluentFolder}.
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

/**
 * Returns the folder of @confluentinc/kafka-javascript. CI cannot reach the host of its prebuilt
 * binary, and a build takes minutes, so it is built once for each Node ABI in a cache outside the
 * repository.
 */
export function confluentFolder(): string {
  const name = `confluent-${CONFLUENT_VERSION}-abi${process.versions.modules}`;
  const started = performance.now();
  const isBuilt = existsSync(cachePath(name));
  let folder: string;
  try {
    folder = installOnce(name, `@confluentinc/kafka-javascript@${CONFLUENT_VERSION}`, {
      CKJS_LINKING: 'dynamic',
      ...nodeHeaders(),
    });
  } catch (error) {
    throw new Error(`The build failed. It needs g++, make, python3 and (Debian) ${PACKAGES}.`, {
      cause: error,
    });
  }
  if (!isBuilt) {
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(
      `@confluentinc/kafka-javascript ${CONFLUENT_VERSION} was built for Node ${process.versions.node} in ${seconds} s.`,
    );
  }
  return join(folder, 'node_modules', '@confluentinc', 'kafka-javascript');
}

/** Returns the `KafkaJS` namespace of the package. */
export function loadConfluent(): ConfluentKafkaJS {
  const require = createRequire(import.meta.url);
  return (require(confluentFolder()) as { KafkaJS: ConfluentKafkaJS }).KafkaJS;
}

/** Returns the headers of the running Node for node-gyp. The npm package `node` contains them. */
function nodeHeaders(): NodeJS.ProcessEnv {
  const prefix = dirname(dirname(process.execPath));
  const packaged = join(prefix, 'node_modules', `node-${process.platform}-${process.arch}`);
  const nodedir = [prefix, packaged].find((folder) =>
    existsSync(join(folder, 'include', 'node', 'node_version.h')),
  );
  return nodedir === undefined ? {} : { npm_config_nodedir: nodedir };
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
