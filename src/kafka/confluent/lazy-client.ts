import { QuixError, type BrokerCredentials, type QuixStreamingClient } from 'quix-streams-auth';
import { sleep } from '../../abort.ts';
import { BrokerSession, LOGIN_POLICY } from '../shared/index.ts';
import {
  ConfluentConnection,
  REFUSED_LOGIN_TEXT,
  type ConfluentClient,
} from './confluent-connection.ts';

const PACKAGE = '@confluentinc/kafka-javascript';

/**
 * Creates a client of the library. A client without credentials is only used before `connect()`.
 */
type CreateClient = (credentials?: BrokerCredentials) => ConfluentClient;

/**
 * Returns a proxy for a client of the library. `connect()` creates that client, because librdkafka
 * reads brokers and credentials only when a client is created. While the proxy is not connected,
 * calls go to a client without brokers, which rejects them with the library's own errors.
 */
export function lazyClient(quix: QuixStreamingClient, createClient: CreateClient): ConfluentClient {
  const session = new ConfluentSession(quix, createClient);
  return new Proxy(createClient(), {
    get: (unconnected, key) => {
      if (key === 'connect' || key === 'disconnect') return session[key];
      const client = session.connectedClient ?? unconnected;
      const value: unknown = Reflect.get(client, key, client);
      // Methods use private fields, which a proxy does not have.
      return typeof value === 'function' ? (value.bind(client) as unknown) : value;
    },
  });
}

/** Connects one client of the library, and keeps its credentials up to date. */
class ConfluentSession extends BrokerSession {
  protected override readonly appliesAllSettings = true;
  readonly #quix: QuixStreamingClient;
  readonly #createClient: CreateClient;
  /** The running `connect()`. */
  #connecting: Promise<void> | undefined;
  /** Set while the client is connected. */
  #connection: ConfluentConnection | undefined;
  /** Aborted by `disconnect()`. */
  #closing = new AbortController();
  #loginChangedAt = -Infinity;
  #isRecovering = false;

  constructor(quix: QuixStreamingClient, createClient: CreateClient) {
    super(quix, PACKAGE, 'any');
    this.#quix = quix;
    this.#createClient = createClient;
  }

  get connectedClient(): ConfluentClient | undefined {
    return this.#connection?.client;
  }

  /** Connects with the newest credentials. Concurrent calls share one attempt. */
  readonly connect = (): Promise<void> => {
    // The library rejects connect() on a connected client with its own error.
    if (this.connectedClient) return this.connectedClient.connect();
    return (this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined)));
  };

  /** Disconnects and stops recovering. The next `connect()` creates a new client. */
  readonly disconnect = async (): Promise<void> => {
    await this.#connecting?.catch(() => undefined);
    const client = this.connectedClient;
    this.#connection = undefined;
    this.#quix.off('credentials', this.#applyCredentials);
    this.#closing.abort(new Error('disconnected'));
    await client?.disconnect();
  };

  /** Creates and connects a client. Replaces credentials that Kafka refuses. */
  async #connect(): Promise<void> {
    this.#closing = new AbortController();
    let credentials = await this.load();
    let connection = new ConfluentConnection(this.#createClient(credentials), credentials);
    while (!(await connection.waitForLogin())) {
      this.recordRefusal(credentials, REFUSED_LOGIN_TEXT);
      try {
        credentials = await this.load();
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
      if (this.#connection !== connection || this.#isRecovering) return;
      this.#isRecovering = true;
      void this.#recover(connection)
        .catch(() => undefined) // aborted by disconnect(), or the library could not disconnect
        .finally(() => (this.#isRecovering = false));
    };
    this.#connection = connection;
    this.recordLogin();
    this.#quix.on('credentials', this.#applyCredentials);
    // The credentials may have changed while the client was connecting.
    void this.load().then(this.#applyCredentials, () => undefined);
  }

  /** Replaces credentials that Kafka refused. Retries until `disconnect()` or a final error. */
  async #recover(connection: ConfluentConnection): Promise<void> {
    if (performance.now() - this.#loginChangedAt < LOGIN_POLICY.connectedGraceMs) return;
    const { signal } = this.#closing;
    this.recordRefusal(connection.credentials, REFUSED_LOGIN_TEXT);
    for (;;) {
      try {
        this.#applyCredentials(await this.load());
        void connection.waitForAnswer().then((hasLoggedIn) => {
          if (hasLoggedIn && this.#connection === connection) this.recordLogin();
        });
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof QuixError) || !error.retryable) {
          const reason =
            error instanceof QuixError ? `${error.code}: ${error.message}` : 'Unknown error.';
          this.#quix.warn({
            code: 'KAFKA_LOGIN_REFUSED',
            about: PACKAGE,
            message: `A client of ${PACKAGE} can no longer log in and will be disconnected. ${reason}`,
          });
          // librdkafka would keep trying to log in.
          await this.disconnect();
          return;
        }
        await sleep(error.retryAfterMs ?? LOGIN_POLICY.retryPauseMs, signal);
      }
    }
  }

  /**
   * Changes the login of the connected client. Warns if librdkafka cannot apply a change. Called
   * for each `credentials` event and, because a refusal may not cause an event, by `#recover()`.
   */
  readonly #applyCredentials = (credentials: BrokerCredentials): void => {
    const connection = this.#connection;
    if (!connection || credentials === connection.credentials) return;
    this.current = credentials;
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
