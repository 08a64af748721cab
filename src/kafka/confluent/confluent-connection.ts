import type { BrokerCredentials } from 'quix-streams-auth';
import { isReauthenticationRefusal, LOGIN_POLICY } from '../shared/index.ts';

/**
 * Texts that librdkafka logs when it cannot log in, and the reason that each one stands for in error
 * messages. The error events of librdkafka have no codes for them.
 */
const REFUSALS: readonly (readonly [text: string, reason: string])[] = [
  ['SASL authentication error', 'SASL authentication error'],
  ['certificate verify failed', 'CERT_UNTRUSTED'],
];
/**
 * Time limit for the request of {@link ConfluentConnection.isAnswered}. The request blocks one of
 * Node's four worker threads, which other clients need to connect.
 */
const ANSWER_TIMEOUT_MS = 1_000;

/** A client of the library's KafkaJS API. */
export interface ConfluentClient {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** Returns `undefined` before `connect()` is called. An admin client does not have the method. */
  _getInternalClient?(): NativeClient | undefined;
}

/** The librdkafka client inside a client of the KafkaJS API. */
interface NativeClient {
  getMetadata(options: { timeout: number }, callback: (error: unknown) => void): unknown;
  on(event: 'event.log', listener: (log: { readonly message?: unknown }) => void): unknown;
  /** The method of a producer. The time limit is for the delivery of its messages. */
  disconnect(timeoutMs: number, callback: () => void): unknown;
  once(event: 'rebalance', listener: () => void): unknown;
  /**
   * The C++ client. Its method is called directly, because the JavaScript method of the same name
   * does nothing until the client is connected.
   */
  readonly _client?: { setSaslCredentials?(username: string, password: string): void };
}

/**
 * A client of the library that is connecting or connected. After a refused login, the library's
 * `connect()` keeps trying for 30 s. This class detects the refusal, so that the login can be
 * changed or the connection abandoned.
 */
export class ConfluentConnection<Client extends ConfluentClient = ConfluentClient> {
  readonly client: Client;
  /** The credentials with which the client was created. */
  readonly createdWith: BrokerCredentials;
  /** The newest credentials that were passed to this connection. */
  credentials: BrokerCredentials;
  /** Whether the client cannot change to the newest credentials. */
  isOutdated = false;
  /**
   * Called when Kafka refuses a login, or when librdkafka rejects the certificate of a broker.
   * `waitForLogin()` replaces this function.
   */
  onRefused: (reason: string) => void = () => undefined;
  readonly #fixedSettings: string;
  readonly #connected: Promise<true>;
  #waitEndedAt = -Infinity;

  /** Calls `connect()` of the client, which was created with these credentials. */
  constructor(client: Client, credentials: BrokerCredentials) {
    this.client = client;
    this.createdWith = this.credentials = credentials;
    this.#fixedSettings = settingsWithoutLogin(credentials);
    this.#connected = client.connect().then(() => true as const);
    this.#connected.catch(() => undefined); // an abandoned attempt may still fail
    client._getInternalClient?.()?.on('event.log', ({ message }) => {
      if (typeof message !== 'string') return;
      const [, reason] = REFUSALS.find(([text]) => message.includes(text)) ?? [];
      // After a refused re-authentication, librdkafka logs in on a new connection, where the
      // changed login is valid.
      if (reason !== undefined && !isReauthenticationRefusal(message)) this.onRefused(reason);
    });
  }

  /**
   * Resolves to `true` once the client is connected, or to the reason after Kafka refused a login.
   * After a refusal, change the login and call this method again.
   */
  async waitForLogin(): Promise<true | string> {
    const graceEndsAt = this.#waitEndedAt + LOGIN_POLICY.connectingGraceMs;
    let timer: NodeJS.Timeout | undefined;
    const refused = new Promise<string>((resolve) => {
      this.onRefused = (reason) => {
        // Within the grace period, the log may be about the previous login, and the new one may
        // still succeed.
        timer ??= setTimeout(resolve, Math.max(0, graceEndsAt - performance.now()), reason);
      };
    });
    try {
      return await Promise.race([this.#connected, refused]);
    } finally {
      clearTimeout(timer);
      this.onRefused = () => undefined;
      this.#waitEndedAt = performance.now();
    }
  }

  /**
   * Changes the user name and password of the next login. Returns `false` without a change for
   * an admin client, without SASL, or if other settings differ, which librdkafka cannot change.
   */
  tryChangeLogin(credentials: BrokerCredentials): boolean {
    this.credentials = credentials;
    const { sasl } = credentials;
    const binding = this.client._getInternalClient?.()?._client;
    const hasSameSettings = this.#fixedSettings === settingsWithoutLogin(credentials);
    this.isOutdated = !sasl || !binding?.setSaslCredentials || !hasSameSettings;
    if (sasl && !this.isOutdated) binding?.setSaslCredentials?.(sasl.username, sasl.password);
    return !this.isOutdated;
  }

  /** Resolves to whether a broker answers a request. librdkafka sends requests only after a login. */
  isAnswered(): Promise<boolean> {
    const client = this.client._getInternalClient?.();
    if (!client) return Promise.resolve(false);
    return new Promise((resolve) => {
      client.getMetadata({ timeout: ANSWER_TIMEOUT_MS }, (error) => {
        resolve(!error);
      });
    });
  }

  abandon(): void {
    this.client.disconnect().catch(() => undefined);
  }
}

function settingsWithoutLogin(credentials: BrokerCredentials): string {
  const withoutLogin = { 'sasl.username': '', 'sasl.password': '' };
  return JSON.stringify({ ...credentials.toLibrdkafka(), ...withoutLogin });
}
