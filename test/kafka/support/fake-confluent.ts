import type { QuixLogger, QuixWarning } from 'quix-streams-auth';
import { confluentKafka } from 'quix-streams-auth/confluent';
import { vi, type Mock } from 'vitest';
import { makeClient, startPortal } from '../../support/portal-clients.ts';

interface Log {
  readonly message: string;
}

interface FakePayload {
  readonly topic: string;
  readonly partition: number;
  readonly value: string;
  pause: () => unknown;
}

interface FakeRunConfig {
  readonly eachMessage: (payload: FakePayload) => Promise<void>;
}

/** A fake client of the library, which is not installed for unit tests. */
export class FakeClient {
  readonly connect: Mock<() => Promise<void>>;
  readonly disconnect = vi.fn(() => Promise.resolve());
  readonly send = vi.fn((): Promise<string> => Promise.resolve('sent'));
  readonly setSaslCredentials = vi.fn<(username: string, password: string) => void>();
  readonly getMetadata = vi.fn<(options: object, callback: (error: unknown) => void) => void>();
  readonly subscribe = vi.fn<(subscription: object) => Promise<void>>(() => Promise.resolve());
  readonly committed: Mock<() => Promise<{ offset: string | null }[]>>;
  readonly run = vi.fn<(config: FakeRunConfig) => Promise<void>>(() => Promise.resolve());
  readonly pause = vi.fn<(topics: object[]) => () => void>();
  readonly resume = vi.fn<(topics: object[]) => void>();
  readonly paused = vi.fn((): object[] => []);
  readonly assignment = vi.fn(() => [{ topic: 'orders', partition: 0 }]);
  #log: ((log: Log) => void) | undefined;
  #onRebalance: () => void = () => undefined;

  constructor(library: FakeLibrary) {
    this.connect = vi.fn(() => library.connecting);
    this.committed = vi.fn(() => Promise.resolve([{ offset: library.committed }]));
  }

  _getInternalClient() {
    const { setSaslCredentials, getMetadata } = this;
    return {
      getMetadata,
      on: (_event: string, listener: (log: Log) => void) => (this.#log = listener),
      once: (_event: string, listener: () => void) => (this.#onRebalance = listener),
      disconnect: (_timeoutMs: number, callback: () => void) => {
        void this.disconnect().then(callback);
      },
      _client: { setSaslCredentials },
    };
  }

  /** Assigns partitions for the first time. */
  rebalance(): void {
    this.#onRebalance();
  }

  /** Delivers a message to the function that the user passed to `run()`. */
  async deliver(value: string): Promise<void> {
    const [config] = this.run.mock.lastCall ?? [];
    await config?.eachMessage({ topic: 'orders', partition: 0, value, pause: () => undefined });
  }

  log(message: string): void {
    this.#log?.({ message });
  }

  refuseLogin(reason = 'Authentication failed'): void {
    this.log(`broker:9093: SASL authentication error: ${reason}`);
  }
}

/** A fake of the namespace `KafkaJS` of the library. */
export class FakeLibrary {
  /** All created clients. `confluentKafka()` never connects the first one of each proxy. */
  readonly built: FakeClient[] = [];
  /** Configurations of all instances of `Kafka`. */
  readonly configs: object[] = [];
  /** Result of `connect()` of each client. */
  connecting: Promise<void> = Promise.resolve();
  /** The committed offset of each partition. */
  committed: string | null = '5';
  readonly Kafka: new (config?: object) => Record<Kind, (config?: object) => FakeClient>;

  constructor() {
    const create = (): FakeClient => {
      const client = new FakeClient(this);
      this.built.push(client);
      return client;
    };
    const { configs } = this;
    this.Kafka = class {
      readonly producer = create;
      readonly consumer = create;
      readonly admin = create;
      constructor(config: object = {}) {
        configs.push(config);
      }
    };
  }
}

type Kind = 'producer' | 'consumer' | 'admin';

/** Connects a client of the adapter. */
export async function connectClient(kind: Kind, config?: object) {
  const portal = await startPortal();
  const lines: string[] = [];
  const ignore = (): void => undefined;
  const warn: QuixLogger['warn'] = (...args: unknown[]) => void lines.push(String(args.at(-1)));
  const logger: QuixLogger = { debug: ignore, info: ignore, warn, error: ignore };
  const quix = makeClient(portal, { workspaceId: portal.workspaceId, logger });
  const warnings: QuixWarning[] = [];
  quix.on('warning', (warning) => warnings.push(warning));
  const library = new FakeLibrary();
  const client = confluentKafka(quix, library)[kind](config);
  await client.connect();
  const [, connected] = library.built;
  if (!connected) throw new Error('connect() built no client.');
  return { portal, quix, client, connected, library, warnings, lines };
}
