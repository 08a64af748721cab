import {
  QuixError,
  type BrokerCredentials,
  type QuixStreamingClient,
  type QuixWarning,
} from 'quix-streams-auth';
import { sleep } from '../../abort.ts';
import { BrokerSession, LOGIN_POLICY } from '../shared/index.ts';
import type { ClientActivity, CreateActivity } from './client-activity.ts';
import { ConfluentConnection, type ConfluentClient } from './confluent-connection.ts';

const PACKAGE = '@confluentinc/kafka-javascript';
const RECONNECT_HINT = 'Call disconnect() on it, then connect().';

/** Creates a client of the library. A client without credentials is used until `connect()`. */
export type CreateClient<Client> = (credentials?: BrokerCredentials) => Client;

/** Connects one client of the library, and keeps its credentials up to date. */
export class ConfluentSession<Client extends ConfluentClient> extends BrokerSession {
  /** The client that receives calls while none is connected. */
  readonly unconnected: Client;
  /** Set after `connect()`, if the client can be replaced. */
  activity: ClientActivity<Client> | undefined;
  protected override readonly appliesAllSettings = true;
  readonly #quix: QuixStreamingClient;
  readonly #createClient: CreateClient<Client>;
  readonly #createActivity: CreateActivity<Client> | undefined;
  /** The running `connect()`. */
  #connecting: Promise<void> | undefined;
  /** Set while the client is connected. */
  #connection: ConfluentConnection<Client> | undefined;
  /** Aborted by `disconnect()`. */
  #closing = new AbortController();
  #loginChangedAt = -Infinity;
  /** The connection for which refused credentials are being replaced. */
  #recovering: ConfluentConnection<Client> | undefined;
  /** The connection that another one is about to replace. */
  #replacing: ConfluentConnection<Client> | undefined;
  /** Set while a new client takes over from the previous one. `disconnect()` waits for it. */
  #takingOver: Promise<void> | undefined;
  /** Number of `#checkAgain()` calls. Only the newest one continues. */
  #checks = 0;

  constructor(
    quix: QuixStreamingClient,
    createClient: CreateClient<Client>,
    createActivity: CreateActivity<Client> | undefined,
  ) {
    super(quix, PACKAGE, 'any');
    this.#quix = quix;
    this.#createClient = createClient;
    this.#createActivity = createActivity;
    this.unconnected = createClient();
  }

  get client(): Client {
    return this.#connection?.client ?? this.unconnected;
  }

  /** Connects with the newest credentials. Concurrent calls share one attempt. */
  readonly connect = (): Promise<void> => {
    // The library rejects connect() on a connected client with its own error.
    if (this.#connection) return this.client.connect();
    return (this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined)));
  };

  /** Disconnects and stops recovering. The next `connect()` creates a new client. */
  readonly disconnect = async (): Promise<void> => {
    await this.#connecting?.catch(() => undefined);
    await this.#takingOver?.catch(() => undefined);
    const client = this.#connection?.client;
    this.#connection = this.#recovering = this.#replacing = undefined;
    this.#quix.off('credentials', this.#applyCredentials);
    this.#closing.abort(new Error('disconnected'));
    await client?.disconnect();
  };

  async #connect(): Promise<void> {
    this.#closing = new AbortController();
    this.#use(await this.#open());
    this.activity = this.#createActivity?.(() => this.client);
    this.#quix.on('credentials', this.#applyCredentials);
  }

  /** Creates and connects a client. Replaces credentials that Kafka refuses. */
  async #open(): Promise<ConfluentConnection<Client>> {
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
  #use(connection: ConfluentConnection<Client>): void {
    connection.onRefused = (reason) => {
      if (this.#connection !== connection || this.#recovering) return;
      if (connection.isOutdated) {
        this.recordRefusal(connection.createdWith, reason);
        void this.#replace(connection); // the last attempt may have failed
        return;
      }
      // librdkafka may log the refusal of a login that was replaced.
      if (performance.now() - this.#loginChangedAt < LOGIN_POLICY.connectedGraceMs) return;
      this.#recovering = connection;
      void this.#recover(connection, reason)
        .catch(() => undefined) // aborted by disconnect(), or the library could not disconnect
        .finally(() => {
          if (this.#recovering === connection) this.#recovering = undefined;
        });
    };
    this.#connection = connection;
    this.recordLogin();
    // The credentials may have changed while the client was connecting.
    void this.load().then(this.#applyCredentials, () => undefined);
  }

  /** Replaces credentials that Kafka refused. Retries until `disconnect()` or a final error. */
  async #recover(connection: ConfluentConnection<Client>, reason: string): Promise<void> {
    const { signal } = this.#closing;
    this.recordRefusal(connection.credentials, reason);
    for (;;) {
      try {
        this.#applyCredentials(await this.load());
        void this.#checkAgain(connection, signal).catch(() => undefined); // aborted
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
   * have returned outdated credentials, and librdkafka logs an identical refusal only once in 30 s.
   * After newer credentials, the waits begin again. Also checks whether a login succeeded, because
   * librdkafka does not report it.
   */
  async #checkAgain(connection: ConfluentConnection<Client>, signal: AbortSignal): Promise<void> {
    const check = ++this.#checks;
    let waits: number[] = [...LOGIN_POLICY.checkAgainAfterMs];
    let hasLoggedIn = false;
    while (waits.length > 0) {
      await sleep(waits.shift() ?? 0, signal);
      const previous = connection.credentials;
      const newest = await this.load(true).catch(() => undefined);
      if (check !== this.#checks) return; // a later refusal has its own check
      if (newest && !newest.sameAs(previous)) waits = [...LOGIN_POLICY.checkAgainAfterMs];
      // Without a change there is no `credentials` event, but only the newest snapshot can be refused.
      else if (newest && connection.credentials === previous) connection.credentials = newest;
      if (hasLoggedIn || connection !== this.#connection || connection.isOutdated) continue;
      hasLoggedIn = await connection.isAnswered();
      if (hasLoggedIn && check === this.#checks) this.recordLogin();
    }
  }

  /**
   * Changes the login of the connected client. If librdkafka cannot apply a change, replaces the
   * client or warns. Called for each `credentials` event and, because a refusal may not cause an
   * event, by `#recover()`.
   */
  readonly #applyCredentials = (credentials: BrokerCredentials): void => {
    const connection = this.#connection;
    if (!connection || credentials === connection.credentials) return;
    this.current = credentials;
    if (connection.tryChangeLogin(credentials)) {
      this.#loginChangedAt = performance.now();
    } else if (this.activity) {
      this.#warnOutdated('A new client replaces it.');
      void this.#replace(connection);
    } else this.#warnOutdated(RECONNECT_HINT);
  };

  /** Replaces the connected client by a new one with the newest settings. */
  async #replace(connection: ConfluentConnection<Client>): Promise<void> {
    const { activity } = this;
    if (!activity || this.#replacing) return;
    this.#replacing = connection;
    const { signal } = this.#closing;
    let next: ConfluentConnection<Client> | undefined;
    try {
      next = await this.#open();
      signal.throwIfAborted();
      this.#takingOver = this.#takeOver(activity, connection.client, next);
      await this.#takingOver;
    } catch (error) {
      if (next !== this.#connection) next?.abandon();
      if (signal.aborted) return;
      this.#warnOutdated(`It could not be replaced. ${reasonOf(error)} ${RECONNECT_HINT}`);
    } finally {
      if (this.#replacing === connection) this.#replacing = this.#takingOver = undefined;
    }
  }

  async #takeOver(
    activity: ClientActivity<Client>,
    previous: Client,
    next: ConfluentConnection<Client>,
  ): Promise<void> {
    await activity.stop(previous, next.client);
    this.#use(next);
    await activity.start(previous, next.client);
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
