import { QuixError, type BrokerCredentials, type QuixStreamingClient } from 'quix-streams-auth';
import { sleep } from '../../abort.ts';
import { BrokerSession, LOGIN_POLICY } from '../shared/index.ts';
import { ConnectAttempt, REFUSED_LOGIN_TEXT } from './connect-attempt.ts';
import { tryChangeLogin, type ConfluentClient, type CreateClient } from './native-client.ts';

/** Name of the library in messages. */
const PACKAGE = '@confluentinc/kafka-javascript';

/**
 * Connects one client of the library, and keeps its credentials up to date until `disconnect()`.
 */
export class ConfluentSession {
  readonly #quix: QuixStreamingClient;
  readonly #session: BrokerSession;
  readonly #createClient: CreateClient;
  #connectedClient: ConfluentClient | undefined;
  /** Credentials of the connected client. */
  #credentials: BrokerCredentials | undefined;
  /** Aborted by `disconnect()`. */
  #closing = new AbortController();
  #loginChangedAt = -Infinity;
  #isRecovering = false;

  constructor(quix: QuixStreamingClient, createClient: CreateClient) {
    this.#quix = quix;
    this.#session = new BrokerSession(quix, PACKAGE, 'any');
    this.#createClient = createClient;
  }

  /** The library's client while it is connected. */
  get connectedClient(): ConfluentClient | undefined {
    return this.#connectedClient;
  }

  /** Connects with the newest credentials. Replaces credentials that Kafka refuses. */
  async connect(): Promise<void> {
    if (this.#connectedClient) {
      // The library rejects a second connect() with its own error.
      await this.#connectedClient.connect();
      return;
    }
    this.#closing = new AbortController();
    let credentials = await this.#session.load();
    let attempt = new ConnectAttempt(this.#createClient(credentials));
    while (!(await attempt.waitForLogin())) {
      this.#session.recordRefusal(credentials, REFUSED_LOGIN_TEXT);
      const refused = credentials;
      try {
        credentials = await this.#session.load();
      } catch (error) {
        attempt.abandon();
        throw error;
      }
      // An abandoned attempt blocks one of Node's worker threads for 30 s, so the attempt continues
      // with the new login if possible.
      if (!tryChangeLogin(attempt.client, refused, credentials)) {
        attempt.abandon();
        attempt = new ConnectAttempt(this.#createClient(credentials));
      }
    }
    const { client } = attempt;
    attempt.onRefused = () => {
      if (this.#connectedClient === client) void this.#recover();
    };
    this.#connectedClient = client;
    this.#credentials = credentials;
    this.#session.recordLogin();
    this.#quix.on('credentials', this.#applyCredentials);
  }

  /** Disconnects and stops recovering. The next `connect()` creates a new client. */
  async disconnect(): Promise<void> {
    const client = this.#connectedClient;
    this.#connectedClient = this.#credentials = undefined;
    this.#quix.off('credentials', this.#applyCredentials);
    this.#closing.abort(new Error('disconnected'));
    await client?.disconnect();
  }

  /**
   * Replaces the credentials of a connected client after Kafka refused its login. Retries until
   * `disconnect()` or a final error.
   */
  async #recover(): Promise<void> {
    const sinceChangeMs = performance.now() - this.#loginChangedAt;
    if (this.#isRecovering || sinceChangeMs < LOGIN_POLICY.connectedGraceMs) return;
    this.#isRecovering = true;
    const { signal } = this.#closing;
    try {
      this.#session.recordRefusal(this.#credentials, REFUSED_LOGIN_TEXT);
      while (this.#connectedClient && !signal.aborted) {
        try {
          this.#applyCredentials(await this.#session.load());
          return;
        } catch (error) {
          if (!(error instanceof QuixError) || !error.retryable) {
            await this.#disconnectAfterFinalError(error);
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

  /** Disconnects, because librdkafka would keep trying to log in. */
  async #disconnectAfterFinalError(error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : 'unknown error';
    this.#quix.warn({
      code: 'KAFKA_LOGIN_REFUSED',
      about: PACKAGE,
      message: `A client of ${PACKAGE} can no longer log in and was disconnected. ${reason}`,
    });
    await this.disconnect();
  }

  /** Changes the login of the connected client. Warns if librdkafka cannot apply a change. */
  readonly #applyCredentials = (credentials: BrokerCredentials): void => {
    const client = this.#connectedClient;
    const previous = this.#credentials;
    if (!client || !previous || credentials === previous) return;
    if (!tryChangeLogin(client, previous, credentials)) {
      this.#quix.warn({
        code: 'KAFKA_CLIENT_OUTDATED',
        about: PACKAGE,
        message: `A client of ${PACKAGE} cannot change to the new broker settings while it is connected. Call disconnect() on it, then connect().`,
      });
      return;
    }
    this.#loginChangedAt = performance.now();
    this.#credentials = credentials;
  };
}
