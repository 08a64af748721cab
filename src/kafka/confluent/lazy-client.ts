import {
  QuixError,
  type BrokerCredentials,
  type QuixStreamingClient,
  type QuixWarning,
} from 'quix-streams-auth';
import { sleep } from '../../abort.ts';
import { BrokerSession, LOGIN_POLICY } from '../shared/index.ts';
import { ConfluentConnection, type ConfluentClient } from './confluent-connection.ts';
import { Sends } from './sends.ts';

const PACKAGE = '@confluentinc/kafka-javascript';
const RECONNECT_HINT = 'Call disconnect() on it, then connect().';
/** Methods of a producer that send messages. */
const SEND_METHODS: readonly (string | symbol)[] = ['send', 'sendBatch'];

/**
 * Creates a client of the library. A client without credentials is only used before `connect()`.
 */
type CreateClient = (credentials?: BrokerCredentials) => ConfluentClient;

/**
 * Returns a proxy for a client of the library. `connect()` creates that client, because librdkafka
 * reads brokers and credentials only when a client is created. While the proxy is not connected,
 * calls go to a client without brokers, which rejects them with the library's own errors.
 *
 * @param canReplace - Whether the client is a producer that may be replaced while it is connected.
 */
export function lazyClient(
  quix: QuixStreamingClient,
  createClient: CreateClient,
  canReplace: boolean,
): ConfluentClient {
  const session = new ConfluentSession(quix, createClient, canReplace);
  return new Proxy(createClient(), {
    get: (unconnected, key) => {
      if (key === 'connect' || key === 'disconnect') return session[key];
      const bound = (): unknown => {
        const client = session.connectedClient ?? unconnected;
        const value: unknown = Reflect.get(client, key, client);
        // Methods use private fields, which a proxy does not have.
        return typeof value === 'function' ? (value.bind(client) as unknown) : value;
      };
      if (!canReplace || !SEND_METHODS.includes(key)) return bound();
      type Send = (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => session.sends.run(() => (bound() as Send)(...args));
    },
  });
}

/** Connects one client of the library, and keeps its credentials up to date. */
class ConfluentSession extends BrokerSession {
  readonly sends = new Sends();
  protected override readonly appliesAllSettings = true;
  readonly #quix: QuixStreamingClient;
  readonly #createClient: CreateClient;
  readonly #canReplace: boolean;
  /** The running `connect()`. */
  #connecting: Promise<void> | undefined;
  /** Set while the client is connected. */
  #connection: ConfluentConnection | undefined;
  /** Aborted by `disconnect()`. */
  #closing = new AbortController();
  #loginChangedAt = -Infinity;
  #isRecovering = false;
  #isReplacing = false;
  /** Number of the newest check by `#checkAgain()`. */
  #lastCheck = 0;

  constructor(quix: QuixStreamingClient, createClient: CreateClient, canReplace: boolean) {
    super(quix, PACKAGE, 'any');
    this.#quix = quix;
    this.#createClient = createClient;
    this.#canReplace = canReplace;
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

  async #connect(): Promise<void> {
    this.#closing = new AbortController();
    this.#use(await this.#open());
    this.#quix.on('credentials', this.#applyCredentials);
  }

  /** Creates and connects a client. Replaces credentials that Kafka refuses. */
  async #open(): Promise<ConfluentConnection> {
    let credentials = await this.load();
    let connection = new ConfluentConnection(this.#createClient(credentials), credentials);
    for (;;) {
      const outcome = await connection.waitForLogin();
      if (outcome === true) return connection;
      this.recordRefusal(credentials, outcome);
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
  }

  /** Uses a connected client for all later calls. */
  #use(connection: ConfluentConnection): void {
    connection.onRefused = (reason) => {
      if (this.#connection !== connection || this.#isRecovering) return;
      // librdkafka may log the refusal of a login that was replaced.
      if (performance.now() - this.#loginChangedAt < LOGIN_POLICY.connectedGraceMs) return;
      this.#isRecovering = true;
      void this.#recover(connection, reason)
        .catch(() => undefined) // aborted by disconnect(), or the library could not disconnect
        .finally(() => (this.#isRecovering = false));
    };
    this.#connection = connection;
    this.recordLogin();
    // The credentials may have changed while the client was connecting.
    void this.load().then(this.#applyCredentials, () => undefined);
  }

  /** Replaces credentials that Kafka refused. Retries until `disconnect()` or a final error. */
  async #recover(connection: ConfluentConnection, reason: string): Promise<void> {
    const { signal } = this.#closing;
    this.recordRefusal(connection.credentials, reason);
    for (;;) {
      try {
        this.#applyCredentials(await this.load());
        void this.#checkAgain(connection, signal).catch(() => undefined); // aborted
        void connection.waitForAnswer().then((hasLoggedIn) => {
          if (hasLoggedIn && this.#connection === connection) this.recordLogin();
        });
        return;
      } catch (error) {
        signal.throwIfAborted();
        let pauseMs: number = LOGIN_POLICY.retryPauseMs;
        if (error instanceof QuixError && error.retryable) pauseMs = error.retryAfterMs ?? pauseMs;
        else {
          const problem = 'can no longer log in and will be disconnected.';
          this.#warn('KAFKA_LOGIN_REFUSED', `${problem} ${reasonOf(error)}`);
          // librdkafka would keep trying to log in.
          await this.disconnect();
          return;
        }
        await sleep(pauseMs, signal);
      }
    }
  }

  /**
   * Requests the credentials a few more times after a refused login was replaced. The Portal may
   * have returned outdated credentials, and librdkafka does not log each refusal: it suppresses
   * identical refusals for 30 s. A newer login starts again.
   */
  async #checkAgain(connection: ConfluentConnection, signal: AbortSignal): Promise<void> {
    const check = ++this.#lastCheck;
    const waits = LOGIN_POLICY.checkAgainAfterMs;
    for (let index = 0; index < waits.length; index++) {
      await sleep(waits[index] ?? 0, signal);
      const previous = connection.credentials;
      const newest = await this.load(true).catch(() => undefined);
      if (check !== this.#lastCheck) return; // a later refusal has its own check
      if (!newest) continue;
      if (!newest.sameAs(previous)) index = -1;
      else if (connection.credentials === previous) connection.credentials = newest;
    }
  }

  /**
   * Changes the login of the connected client. Replaces the client, or warns, if librdkafka cannot
   * apply a change. Called for each `credentials` event and, because a refusal may not cause an
   * event, by `#recover()`.
   */
  readonly #applyCredentials = (credentials: BrokerCredentials): void => {
    const connection = this.#connection;
    if (!connection || credentials === connection.credentials) return;
    this.current = credentials;
    if (connection.tryChangeLogin(credentials)) this.#loginChangedAt = performance.now();
    else if (!this.#canReplace) this.#warnOutdated(RECONNECT_HINT);
    else if (!this.#isReplacing) {
      this.#isReplacing = true;
      this.#warnOutdated('A new producer replaces it.');
      void this.#replace(connection).finally(() => (this.#isReplacing = false));
    }
  };

  /** Connects another client with the newest settings, and then stops the previous one. */
  async #replace({ client }: ConfluentConnection): Promise<void> {
    const { signal } = this.#closing;
    try {
      const connection = await this.#open();
      if (signal.aborted) {
        connection.abandon();
        return;
      }
      // Also delays the calls that start before the previous client has stopped.
      const stopped = this.sends.stopProducer(() => client.disconnect());
      this.#use(connection);
      await stopped;
    } catch (error) {
      if (signal.aborted) return;
      this.#warnOutdated(`The new producer cannot connect. ${RECONNECT_HINT} ${reasonOf(error)}`);
    }
  }

  #warnOutdated(remedy: string): void {
    const problem = 'cannot change to the new broker settings while it is connected.';
    this.#warn('KAFKA_CLIENT_OUTDATED', `${problem} ${remedy}`);
  }

  #warn(code: QuixWarning['code'], problem: string): void {
    this.#quix.warn({ code, about: PACKAGE, message: `A client of ${PACKAGE} ${problem}` });
  }
}

/** Texts of other errors are not repeated, because they may contain secrets. */
const reasonOf = (error: unknown): string =>
  error instanceof QuixError ? `${error.code}: ${error.message}` : 'Unknown error.';
