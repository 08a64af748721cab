import {
  QuixError,
  type BrokerCredentials,
  type QuixStreamingClient,
  type QuixWarning,
} from 'quix-streams-auth';
import { sleep } from '../../abort.ts';
import { BrokerSession } from './broker-session.ts';
import type { AuthMode } from './connection-settings.ts';
import { SASL_REFUSAL, type LibrdkafkaConnection } from './librdkafka-connection.ts';
import { LOGIN_POLICY } from './login-policy.ts';

/** Keeps the login of a librdkafka client up to date while it is connected. */
export abstract class LibrdkafkaSession<
  Connection extends LibrdkafkaConnection,
> extends BrokerSession {
  /** The connection that is kept up to date. */
  protected connection: Connection | undefined;
  /** Whether the client of `connection` is still connecting. */
  protected isConnecting = false;
  /** Aborted by `stop()`. */
  protected closing = new AbortController();
  readonly #quix: QuixStreamingClient;
  readonly #clientName: string;
  #loginChangedAt = -Infinity;
  #delayedRefusal: NodeJS.Timeout | undefined;
  /** The connection for which `#recover()` is running. */
  #recovering: Connection | undefined;
  /** Number of `#checkAgain()` calls. Only the newest one continues. */
  #checks = 0;

  constructor(quix: QuixStreamingClient, clientName: string, authMode: AuthMode) {
    super(quix, clientName, authMode, true);
    this.#quix = quix;
    this.#clientName = clientName;
  }

  /** Called when the client cannot apply new credentials. */
  protected abstract onOutdated(connection: Connection): void;

  /**
   * Called when Kafka refuses a login of a client that cannot apply the newest credentials.
   * `onOutdated()` was called before.
   */
  protected onOutdatedRefusal?(connection: Connection): void;

  /** Ends the session and the client after a final error. */
  protected abstract end(): Promise<void>;

  protected start(): void {
    this.closing = new AbortController();
    this.#quix.on('credentials', this.#applyCredentials);
  }

  protected stop(): void {
    this.connection = this.#recovering = undefined;
    clearTimeout(this.#delayedRefusal);
    this.#quix.off('credentials', this.#applyCredentials);
    this.closing.abort(new Error('disconnected'));
  }

  /** Keeps this connection up to date from now on. */
  protected use(connection: Connection): void {
    connection.onRefused = (reason) => {
      if (this.connection !== connection || this.#recovering) return;
      if (this.authMode === 'user' && reason === SASL_REFUSAL) return; // the login of the user
      if (connection.isOutdated) {
        this.recordRefusal(connection.createdWith, reason);
        this.onOutdatedRefusal?.(connection);
        return;
      }
      // librdkafka may log the refusal of a login that was replaced.
      const { connectingGraceMs, connectedGraceMs } = LOGIN_POLICY;
      const graceMs = this.isConnecting ? connectingGraceMs : connectedGraceMs;
      const waitMs = this.#loginChangedAt + graceMs - performance.now();
      if (waitMs > 0) {
        if (this.isConnecting) this.#delayRefusal(connection, reason, waitMs);
        return;
      }
      this.#recovering = connection;
      void this.#recover(connection, reason)
        .catch(() => undefined) // aborted by stop(), or the library could not disconnect
        .finally(() => {
          if (this.#recovering === connection) this.#recovering = undefined;
        });
    };
    this.connection = connection;
  }

  /** Reports a refusal later, unless the client has connected by then. */
  #delayRefusal(connection: Connection, reason: string, waitMs: number): void {
    clearTimeout(this.#delayedRefusal);
    this.#delayedRefusal = setTimeout(() => {
      if (this.isConnecting) connection.onRefused(reason);
    }, waitMs);
  }

  /** Counts the login of a client that has connected, and applies the newest credentials. */
  protected recordConnected(): void {
    this.recordLogin();
    // The credentials may have changed while the client was connecting.
    void this.load().then(this.#applyCredentials, () => undefined);
  }

  /** Replaces credentials that Kafka refused. Retries until `stop()` or a final error. */
  async #recover(connection: Connection, reason: string): Promise<void> {
    const { signal } = this.closing;
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
          const problem = this.isConnecting
            ? 'cannot log in.'
            : 'can no longer log in and will be disconnected.';
          this.#warn('KAFKA_LOGIN_REFUSED', `${problem} ${reasonOf(error)}`);
          // librdkafka would keep trying to log in.
          await this.end();
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
  async #checkAgain(connection: Connection, signal: AbortSignal): Promise<void> {
    const check = ++this.#checks;
    let waits: number[] = [...LOGIN_POLICY.checkAgainAfterMs];
    let hasLoggedIn = false;
    while (waits.length > 0) {
      await sleep(waits.shift() ?? 0, signal);
      const previous = connection.credentials;
      const newest = await this.load(true).catch(() => undefined);
      if (check !== this.#checks) return; // a later refusal has its own check
      if (newest && !newest.sameAs(previous)) waits = [...LOGIN_POLICY.checkAgainAfterMs];
      // Equal credentials cause no `credentials` event, and only the newest snapshot can be refused.
      else if (newest && connection.credentials === previous) connection.credentials = newest;
      if (hasLoggedIn || connection !== this.connection || connection.isOutdated) continue;
      hasLoggedIn = await connection.isAnswered();
      if (hasLoggedIn && check === this.#checks) this.recordLogin();
    }
  }

  /**
   * Changes the login of the client, or reports that the client cannot apply a change. Called for
   * each `credentials` event. `#recover()` calls it too, because equal credentials cause no event.
   */
  readonly #applyCredentials = (credentials: BrokerCredentials): void => {
    const { connection } = this;
    if (!connection || credentials === connection.credentials) return;
    this.current = credentials;
    const isReported = connection.isOutdated && credentials.sameAs(connection.credentials);
    if (!connection.tryChangeLogin(credentials)) {
      if (!isReported) this.onOutdated(connection);
    } else if (connection.credentials === credentials) this.#loginChangedAt = performance.now();
  };

  protected warnOutdated(remedy: string): void {
    const problem = 'cannot change to the new broker settings while it is connected.';
    this.#warn('KAFKA_CLIENT_OUTDATED', `${problem} ${remedy}`);
  }

  #warn(code: QuixWarning['code'], problem: string): void {
    const about = this.#clientName;
    this.#quix.warn({ code, about, message: `A client of ${about} ${problem}` });
  }
}

/** Describes an error in a warning. Does not repeat texts of other errors, which may have secrets. */
export const reasonOf = (error: unknown): string =>
  error instanceof QuixError ? `${error.code}: ${error.message}` : 'Unknown error.';
