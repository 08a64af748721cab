import { sleep } from '../abort.ts';
import type { BrokerCredentials } from '../credentials/index.ts';
import type { QuixStreamingClient } from '../client.ts';
import { QuixError } from '../errors.ts';
import { BrokerSession, type UsableCredentials } from './broker-session.ts';
import { ConnectAttempt } from './confluent-attempt.ts';
import { setLogin, type BuildClient, type KafkaJSClient } from './confluent-native.ts';

const REASON = 'SASL authentication error';
/** Log lines come late: one this soon after a change may be about the login before it. */
const SETTLING_MS = 3_000;
/** How long to wait for another try where the error does not say. */
const PAUSE_MS = 1_000;

/** One client of the library from `connect()` to `disconnect()`; the first `connect()` loads it. */
export class ConfluentSession {
  readonly #quix: QuixStreamingClient;
  readonly #session: BrokerSession;
  readonly #build: BuildClient;
  #connected: KafkaJSClient | undefined;
  #credentials: UsableCredentials | undefined;
  #closing = new AbortController();
  #adoptedAt = -Infinity;
  #isRecovering = false;

  constructor(quix: QuixStreamingClient, build: BuildClient) {
    this.#quix = quix;
    this.#session = new BrokerSession(quix, '@confluentinc/kafka-javascript', 'either');
    this.#build = build;
  }

  /** The library's own client, while there is a connection. */
  get connected(): KafkaJSClient | undefined {
    return this.#connected;
  }

  async connect(): Promise<void> {
    // A second connect() is the library's to refuse.
    if (this.#connected) {
      await this.#connected.connect();
      return;
    }
    this.#closing = new AbortController();
    let credentials = await this.#session.load();
    let attempt = this.#attempt(credentials);
    while (!(await attempt.logsIn())) {
      this.#session.refuse(credentials, REASON);
      const previous = credentials;
      try {
        credentials = await this.#session.load();
      } catch (error) {
        attempt.abandon();
        throw error;
      }
      // Rescued where that is possible: what is abandoned holds one of Node's threads for 30 s.
      if (!setLogin(attempt.client, previous, credentials)) {
        attempt.abandon();
        attempt = this.#attempt(credentials);
      }
    }
    this.#connected = attempt.client;
    this.#credentials = credentials;
    this.#session.accepted();
    this.#quix.on('credentials', this.#adopt);
  }

  #attempt(credentials: UsableCredentials): ConnectAttempt {
    const attempt = new ConnectAttempt(this.#build(credentials));
    attempt.onRefused(() => {
      if (this.#connected === attempt.client) void this.#recover();
    });
    return attempt;
  }

  async disconnect(): Promise<void> {
    const client = this.#connected;
    this.#connected = this.#credentials = undefined;
    this.#quix.off('credentials', this.#adopt);
    this.#closing.abort(new Error('disconnected'));
    await client?.disconnect();
  }

  /** Kafka refused a login while librdkafka reconnects: find out what is valid now, and go on trying. */
  async #recover(): Promise<void> {
    if (this.#isRecovering || performance.now() - this.#adoptedAt < SETTLING_MS) return;
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
          await sleep(error.retryAfterMs ?? PAUSE_MS, signal);
        }
      }
    } catch {
      // disconnected meanwhile
    } finally {
      this.#isRecovering = false;
    }
  }

  /** A consumer that cannot recover says so, and its client ends instead of trying for ever. */
  async #giveUp(error: unknown): Promise<void> {
    this.#warn(
      'KAFKA_LOGIN_REFUSED',
      `It was disconnected: ${error instanceof Error ? error.message : 'unknown error'}`,
    );
    await this.disconnect();
  }

  /** Hands the newest credentials to the running client, as far as librdkafka can take them. */
  readonly #adopt = (credentials: BrokerCredentials): void => {
    const client = this.#connected;
    const previous = this.#credentials;
    if (!client || !previous || credentials === previous) return;
    if (!setLogin(client, previous, credentials)) {
      this.#warn('KAFKA_CLIENT_OUTDATED', 'Call disconnect() and then connect() on it.');
      return;
    }
    this.#adoptedAt = performance.now();
    this.#credentials = credentials as UsableCredentials;
  };

  #warn(code: 'KAFKA_LOGIN_REFUSED' | 'KAFKA_CLIENT_OUTDATED', advice: string): void {
    const what =
      code === 'KAFKA_CLIENT_OUTDATED'
        ? 'A client of @confluentinc/kafka-javascript cannot take over the new broker settings while it is connected.'
        : 'A client of @confluentinc/kafka-javascript cannot log in any more.';
    this.#quix.emit('warning', {
      code,
      about: '@confluentinc/kafka-javascript',
      message: `${what} ${advice}`,
    });
  }
}
