import { QuixError, type BrokerCredentials, type QuixStreamingClient } from 'quix-streams-auth';
import { sleep } from '../../abort.ts';
import { BrokerSession, LOGIN_POLICY } from '../shared/index.ts';
import { ConnectAttempt } from './connect-attempt.ts';
import { setLogin, type BuildClient, type KafkaJSClient } from './native-client.ts';

/** Name of the library in messages. */
const PACKAGE = '@confluentinc/kafka-javascript';
/** librdkafka's words for a refused login. */
const REASON = 'SASL authentication error';

/**
 * Connects one client of the library, and keeps its credentials up to date until `disconnect()`.
 */
export class ConfluentSession {
  readonly #quix: QuixStreamingClient;
  readonly #session: BrokerSession;
  readonly #build: BuildClient;
  #connected: KafkaJSClient | undefined;
  #credentials: BrokerCredentials | undefined;
  #closing = new AbortController();
  #adoptedAt = -Infinity;
  #isRecovering = false;

  constructor(quix: QuixStreamingClient, build: BuildClient) {
    this.#quix = quix;
    this.#session = new BrokerSession(quix, PACKAGE, 'any');
    this.#build = build;
  }

  /** The library's client while it is connected. */
  get connected(): KafkaJSClient | undefined {
    return this.#connected;
  }

  /** Connects with the newest credentials. Replaces credentials that Kafka refuses. */
  async connect(): Promise<void> {
    // The library rejects a second connect().
    if (this.#connected) {
      await this.#connected.connect();
      return;
    }
    this.#closing = new AbortController();
    let credentials = await this.#session.load();
    let attempt = new ConnectAttempt(this.#build(credentials));
    while (!(await attempt.logsIn())) {
      this.#session.refuse(credentials, REASON);
      const previous = credentials;
      try {
        credentials = await this.#session.load();
      } catch (error) {
        attempt.abandon();
        throw error;
      }
      // An abandoned attempt blocks one of Node's worker threads for 30 s, so it is reused if
      // possible.
      if (!setLogin(attempt.client, previous, credentials)) {
        attempt.abandon();
        attempt = new ConnectAttempt(this.#build(credentials));
      }
    }
    const { client } = attempt;
    attempt.onRefused = () => {
      if (this.#connected === client) void this.#recover();
    };
    this.#connected = client;
    this.#credentials = credentials;
    this.#session.accepted();
    this.#quix.on('credentials', this.#adopt);
  }

  /** Disconnects and ends all recovery. The next `connect()` builds a new client. */
  async disconnect(): Promise<void> {
    const client = this.#connected;
    this.#connected = this.#credentials = undefined;
    this.#quix.off('credentials', this.#adopt);
    this.#closing.abort(new Error('disconnected'));
    await client?.disconnect();
  }

  /** Exchanges the token until it gets credentials for a connected client that Kafka refused. */
  async #recover(): Promise<void> {
    const isSettling = performance.now() - this.#adoptedAt < LOGIN_POLICY.connectedSettlingMs;
    if (this.#isRecovering || isSettling) return;
    this.#isRecovering = true;
    const { signal } = this.#closing;
    try {
      this.#session.refuse(this.#credentials, REASON);
      while (this.#connected && !signal.aborted) {
        try {
          this.#adopt(await this.#session.load());
          return;
        } catch (error) {
          if (!(error instanceof QuixError) || !error.retryable) {
            await this.#giveUp(error);
            return;
          }
          await sleep(error.retryAfterMs ?? LOGIN_POLICY.retryPauseMs, signal);
        }
      }
    } catch {
      // disconnected in the meantime
    } finally {
      this.#isRecovering = false;
    }
  }

  /** Disconnects after a final error, because librdkafka itself would keep trying. */
  async #giveUp(error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : 'unknown error';
    this.#quix.warn({
      code: 'KAFKA_LOGIN_REFUSED',
      about: PACKAGE,
      message: `A client of ${PACKAGE} can no longer log in and was disconnected. ${reason}`,
    });
    await this.disconnect();
  }

  /** Sets new credentials on the connected client, or warns if librdkafka cannot change them. */
  readonly #adopt = (credentials: BrokerCredentials): void => {
    const client = this.#connected;
    const previous = this.#credentials;
    if (!client || !previous || credentials === previous) return;
    if (!setLogin(client, previous, credentials)) {
      this.#quix.warn({
        code: 'KAFKA_CLIENT_OUTDATED',
        about: PACKAGE,
        message: `A client of ${PACKAGE} cannot change to the new broker settings while it is connected. Call disconnect() on it, then connect().`,
      });
      return;
    }
    this.#adoptedAt = performance.now();
    this.#credentials = credentials;
  };
}
