import type { QuixLogger, QuixWarning } from 'quix-streams-auth';
import { confluentKafka } from 'quix-streams-auth/confluent';
import { vi, type Mock } from 'vitest';
import { makeClient, startPortal } from '../../support/portal-clients.ts';

interface Log {
  readonly message: string;
}

/** Stands for a client of the library, which is not installed for unit tests. */
export class FakeClient {
  readonly connect: Mock<() => Promise<void>>;
  readonly disconnect = vi.fn(() => Promise.resolve());
  readonly send = vi.fn((): Promise<string> => Promise.resolve('sent'));
  readonly setSaslCredentials = vi.fn<(username: string, password: string) => void>();
  readonly getMetadata = vi.fn<(options: object, callback: (error: unknown) => void) => void>();
  #log: ((log: Log) => void) | undefined;

  constructor(library: FakeLibrary) {
    this.connect = vi.fn(() => library.connecting);
  }

  _getInternalClient() {
    const { setSaslCredentials, getMetadata } = this;
    return {
      getMetadata,
      on: (_event: string, listener: (log: Log) => void) => (this.#log = listener),
      _client: { setSaslCredentials },
    };
  }

  log(message: string): void {
    this.#log?.({ message });
  }

  refuseLogin(reason = 'Authentication failed'): void {
    this.log(`broker:9093: SASL authentication error: ${reason}`);
  }
}

/** Stands for the namespace `KafkaJS` of the library. */
export class FakeLibrary {
  /** All clients. The first one of each kind is not connected. */
  readonly built: FakeClient[] = [];
  /** Configurations of all instances of `Kafka`. */
  readonly configs: object[] = [];
  /** Result of `connect()` of each client. */
  connecting: Promise<void> = Promise.resolve();
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
