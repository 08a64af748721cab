import type { BrokerCredentials } from 'quix-streams-auth';
import { isReauthenticationRefusal } from './login-policy.ts';

/** Text in the log of librdkafka after a refused login. Also the reason for `recordRefusal()`. */
export const SASL_REFUSAL = 'SASL authentication error';

/**
 * For each text that librdkafka logs when it cannot log in, the reason for `recordRefusal()`. The
 * error events of librdkafka have no codes for these cases.
 */
const REFUSALS: readonly (readonly [text: string, reason: string])[] = [
  [SASL_REFUSAL, SASL_REFUSAL],
  ['certificate verify failed', 'CERT_UNTRUSTED'],
];

/**
 * Time limit for the request of {@link LibrdkafkaConnection.isAnswered}. The request blocks one of
 * Node's four worker threads, which other clients need to connect.
 */
const ANSWER_TIMEOUT_MS = 1_000;

type LogListener = (log: { readonly message?: unknown }) => void;

/** A producer or consumer of node-rdkafka, or of the classic API of Confluent's package. */
export interface NativeClient {
  getMetadata(options: { timeout: number }, callback: (error: unknown) => void): unknown;
  on(event: 'event.log', listener: LogListener): unknown;
  removeListener(event: string, listener: (argument: never) => void): unknown;
  /**
   * The C++ client. The adapter calls its method, because the JavaScript method of the same name
   * does nothing until the client is connected. node-rdkafka does not have the method.
   */
  readonly _client?: { setSaslCredentials?(username: string, password: string): void };
}

type Properties = Readonly<Record<string, string | boolean>>;

/** A client of librdkafka that is connecting or connected, and the credentials that it uses. */
export class LibrdkafkaConnection {
  /** The credentials with which the client was created. */
  readonly createdWith: BrokerCredentials;
  /** The newest credentials that were passed to this connection. */
  credentials: BrokerCredentials;
  /** Whether the client cannot change to the newest credentials. */
  isOutdated = false;
  /** Called when Kafka refuses a login, or when librdkafka rejects the certificate of a broker. */
  onRefused: (reason: string) => void = () => undefined;
  readonly #native: NativeClient | undefined;
  readonly #propertiesOf: (credentials: BrokerCredentials) => Properties;

  /**
   * @param native - `undefined` for an admin client of the KafkaJS API.
   * @param propertiesOf - Returns the properties that the client takes from credentials.
   */
  constructor(
    native: NativeClient | undefined,
    credentials: BrokerCredentials,
    propertiesOf = (from: BrokerCredentials): Properties => from.toLibrdkafka(),
  ) {
    this.#native = native;
    this.createdWith = this.credentials = credentials;
    this.#propertiesOf = propertiesOf;
    native?.on('event.log', this.#readLog);
  }

  stopReadingLog(): void {
    this.#native?.removeListener('event.log', this.#readLog);
  }

  readonly #readLog: LogListener = ({ message }) => {
    if (typeof message !== 'string') return;
    const [, reason] = REFUSALS.find(([text]) => message.includes(text)) ?? [];
    // After a refused re-authentication, librdkafka logs in on a new connection, where the
    // changed login is valid.
    if (reason !== undefined && !isReauthenticationRefusal(message)) this.onRefused(reason);
  };

  /**
   * Changes the user name and password of the next login. Returns `false` without a change if the
   * client cannot apply the credentials. librdkafka can change only the login. node-rdkafka and
   * admin clients cannot change anything. Before `connect()`, this method changes nothing and returns
   * `true`. `this.credentials` then stay the same.
   */
  tryChangeLogin(credentials: BrokerCredentials): boolean {
    const initial = this.#propertiesOf(this.createdWith);
    const newest = this.#propertiesOf(credentials);
    const { 'sasl.username': username, 'sasl.password': password } = newest;
    const binding = this.#native?._client;
    const hasSameSettings = withoutLogin(initial) === withoutLogin(newest);
    this.isOutdated = false;
    if (
      typeof username === 'string' &&
      typeof password === 'string' &&
      binding?.setSaslCredentials &&
      hasSameSettings
    ) {
      try {
        binding.setSaslCredentials(username, password);
      } catch {
        return true; // not connecting yet, so the login stays the same
      }
    } else this.isOutdated = JSON.stringify(initial) !== JSON.stringify(newest);
    this.credentials = credentials;
    return !this.isOutdated;
  }

  /** Resolves to `true` if a broker answers a request. librdkafka sends requests only after a login. */
  isAnswered(): Promise<boolean> {
    const native = this.#native;
    if (!native) return Promise.resolve(false);
    return new Promise((resolve) => {
      native.getMetadata({ timeout: ANSWER_TIMEOUT_MS }, (error) => {
        resolve(!error);
      });
    });
  }
}

function withoutLogin(properties: Properties): string {
  return JSON.stringify({ ...properties, 'sasl.username': '', 'sasl.password': '' });
}
