import { QuixError, type BrokerCredentials, type QuixStreamingClient } from 'quix-streams-auth';
import { sleep } from '../../abort.ts';
import { BrokerSession, LOGIN_POLICY } from '../shared/index.ts';
import {
  ConfluentConnection,
  REFUSED_LOGIN_TEXT,
  type ConfluentClient,
} from './confluent-connection.ts';

const PACKAGE = '@confluentinc/kafka-javascript';

/** Creates a client of the library. Without credentials, the client cannot connect. */
type CreateClient = (credentials?: BrokerCredentials) => ConfluentClient;

/**
 * Returns a proxy for a client of the library. `connect()` creates that client, because librdkafka
 * reads brokers and credentials only when a client is created. While the proxy is not connected,
 * calls go to a client without brokers, which rejects them with the library's own errors.
 */
export function lazyClient(quix: QuixStreamingClient, createClient: CreateClient): ConfluentClient {
  const session = new ConfluentSession(quix, createClient);
  const connect = (): Promise<void> => session.connect();
  const disconnect = (): Promise<void> => session.disconnect();
  return new Proxy(createClient(), {
    get: (unconnected, key) => {
      if (key === 'connect') return connect;
      if (key === 'disconnect') return disconnect;
      const client = session.connectedClient ?? unconnected;
      const value: unknown = Reflect.get(client, key, client);
      // Methods use private fields, which a proxy does not have.
      return typeof value === 'function' ? (value.bind(client) as unknown) : value;
    },
  });
}

/** Connects one client of the library, and keeps its credentials up to date. */
class ConfluentSession {
  readonly #quix: QuixStreamingClient;
  readonly #session: BrokerSession;
  readonly #createClient: CreateClient;
  /** Set while the client is connected. */
  #connection: ConfluentConnection | undefined;
  /** Aborted by `disconnect()`. */
  #closing = new AbortController();
  #loginChangedAt = -Infinity;
  #isRecovering = false;

  constructor(quix: QuixStreamingClient, createClient: CreateClient) {
    this.#quix = quix;
    this.#session = new BrokerSession(quix, PACKAGE, 'any');
    this.#createClient = createClient;
  }

  get connectedClient(): ConfluentClient | undefined {
    return this.#connection?.client;
  }

  /** Connects with the newest credentials. Replaces credentials that Kafka refuses. */
  async connect(): Promise<void> {
    // The library rejects a second connect() with its own error.
    if (this.#connection) {
      await this.#connection.client.connect();
      return;
    }
    this.#closing = new AbortController();
    let credentials = await this.#session.load();
    let connection = new ConfluentConnection(this.#createClient(credentials), credentials);
    while (!(await connection.waitForLogin())) {
      this.#session.recordRefusal(credentials, REFUSED_LOGIN_TEXT);
      try {
        credentials = await this.#session.load();
      } catch (error) {
        connection.abandon();
        throw error;
      }
      // An abandoned attempt blocks one of Node's worker threads for 30 s, so the attempt continues
      // with the new login if possible.
      if (!connection.tryChangeLogin(credentials)) {
        connection.abandon();
        connection = new ConfluentConnection(this.#createClient(credentials), credentials);
      }
    }
    connection.onRefused = () => {
      if (this.#connection === connection) void this.#recover(connection);
    };
    this.#connection = connection;
    this.#session.recordLogin();
    this.#quix.on('credentials', this.#applyCredentials);
  }

  /** Disconnects and stops recovering. The next `connect()` creates a new client. */
  async disconnect(): Promise<void> {
    const client = this.connectedClient;
    this.#connection = undefined;
    this.#quix.off('credentials', this.#applyCredentials);
    this.#closing.abort(new Error('disconnected'));
    await client?.disconnect();
  }

  /** Replaces credentials that Kafka refused. Retries until `disconnect()` or a final error. */
  async #recover({ credentials }: ConfluentConnection): Promise<void> {
    const sinceChangeMs = performance.now() - this.#loginChangedAt;
    if (this.#isRecovering || sinceChangeMs < LOGIN_POLICY.connectedGraceMs) return;
    this.#isRecovering = true;
    const { signal } = this.#closing;
    try {
      this.#session.recordRefusal(credentials, REFUSED_LOGIN_TEXT);
      while (!signal.aborted) {
        try {
          this.#applyCredentials(await this.#session.load());
          return;
        } catch (error) {
          if (!(error instanceof QuixError) || !error.retryable) {
            const reason = error instanceof Error ? error.message : 'unknown error';
            this.#quix.warn({
              code: 'KAFKA_LOGIN_REFUSED',
              about: PACKAGE,
              message: `A client of ${PACKAGE} can no longer log in and was disconnected. ${reason}`,
            });
            // librdkafka would keep trying to log in.
            await this.disconnect();
            return;
          }
          await sleep(error.retryAfterMs ?? LOGIN_POLICY.retryPauseMs, signal);
        }
      }
    } catch {
      // disconnect() aborted the wait, or the library could not disconnect.
    } finally {
      this.#isRecovering = false;
    }
  }

  /** Changes the login of the connected client. Warns if librdkafka cannot apply a change. */
  readonly #applyCredentials = (credentials: BrokerCredentials): void => {
    const connection = this.#connection;
    if (!connection || credentials === connection.credentials) return;
    if (connection.tryChangeLogin(credentials)) {
      this.#loginChangedAt = performance.now();
      return;
    }
    this.#quix.warn({
      code: 'KAFKA_CLIENT_OUTDATED',
      about: PACKAGE,
      message: `A client of ${PACKAGE} cannot change to the new broker settings while it is connected. Call disconnect() on it, then connect().`,
    });
  };
}
