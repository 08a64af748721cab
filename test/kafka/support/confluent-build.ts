import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Pinned: the adapter relies on what this version does. */
const VERSION = '1.10.1';
/** Debian's packages that its source build links to. */
const PACKAGES = 'libssl-dev zlib1g-dev libzstd-dev libsasl2-dev libcurl4-openssl-dev liblz4-dev';

interface Message {
  readonly key: string;
  readonly value: string;
}

/** As much of the library's KafkaJS API as the tests use; it cannot be a devDependency, see {@link loadConfluent}. */
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
 * `KafkaJS` of @confluentinc/kafka-javascript. Its prebuilt binary comes from a host that CI does not
 * reach and its source build takes minutes, so it is built once for each Node ABI, in a cache outside
 * the repository.
 */
export function loadConfluent(): ConfluentKafkaJS {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(
    cache,
    'quix-streams-auth',
    `confluent-${VERSION}-abi${process.versions.modules}`,
  );
  if (!existsSync(folder)) build(folder);
  const library = createRequire(join(folder, 'package.json'))('@confluentinc/kafka-javascript') as {
    KafkaJS: ConfluentKafkaJS;
  };
  return library.KafkaJS;
}

function build(folder: string): void {
  console.log(
    `Building @confluentinc/kafka-javascript ${VERSION} for Node ${process.versions.node} (once).`,
  );
  mkdirSync(dirname(folder), { recursive: true });
  const started = performance.now();
  const temporary = mkdtempSync(`${folder}-`);
  try {
    writeFileSync(join(temporary, 'package.json'), '{ "private": true }');
    execFileSync(
      'npm',
      ['install', '--no-audit', '--no-fund', `@confluentinc/kafka-javascript@${VERSION}`],
      {
        cwd: temporary,
        env: { ...process.env, CKJS_LINKING: 'dynamic' },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    renameSync(temporary, folder);
  } catch (error) {
    throw new Error(`The build failed. It needs g++, make, python3 and (Debian) ${PACKAGES}.`, {
      cause: error,
    });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  console.log(`Built in ${Math.round((performance.now() - started) / 1000)} s.`);
}
