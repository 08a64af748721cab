import type { KafkaConfig, Mechanism } from 'kafkajs';
import { QuixError, type QuixStreamingClient } from 'quix-streams-auth';
import { rememberError } from '../../remembered-errors.ts';
import {
  assertClient,
  CONNECT_TIMEOUT_MS,
  resolveSettings,
  usesLocalBroker,
} from '../shared/index.ts';
import { KafkaJSSession } from './kafkajs-session.ts';
import { withTopicHint } from './topic-hint.ts';

/**
 * Returns a kafkajs config that takes brokers and credentials from `quix`. The token is exchanged
 * when kafkajs first connects, and each later connection uses the current credentials. Calling this
 * function sends nothing.
 *
 * The config sets `brokers`, `sasl` (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512), `ssl`,
 * `connectionTimeout` (10 000 ms), `retry.restartOnFailure` and a `socketFactory`. If `quix` has
 * already loaded credentials with a client id, the config also sets `clientId`. A client id that is
 * loaded later has no effect.
 *
 * The socket factory verifies host names and certificates against the environment's private CA, or
 * against Node's default CAs if the environment has no CA. It uses the client certificate and the
 * cipher suites that the Portal sent, and keeps idle connections alive. For other settings of the
 * Portal, `quix` emits the `warning` `BROKER_SETTING_IGNORED`.
 *
 * After Kafka refuses a login, the token is exchanged again and kafkajs retries. If the protocol,
 * TLS settings, mechanism or user name has changed since a connection was opened, the connection is
 * closed before its login.
 *
 * With a local broker, the config also sets a `logCreator`. It adds the command that creates a topic
 * to the log line of kafkajs about a topic that does not exist. It prints with your own `logCreator`
 * if you pass one.
 *
 * Create one config for each `Kafka`. The config uses SASL unless `quix` already knows that the
 * broker does not use it. If your broker does not use SASL, await `getBrokerCredentials()` before
 * you create the config.
 *
 * Connections fail with the errors of `getBrokerCredentials()`. They fail with `QUIX_UNSUPPORTED`
 * for an unknown SASL mechanism, or if all brokers are IPv6 addresses, which kafkajs does not
 * support. kafkajs wraps most errors, so use `QuixError.from()` to find the `QuixError`. After an
 * error that is not retryable, a crashed consumer is not restarted.
 *
 * @param quix - Provides the brokers and credentials.
 * @param options - Your own kafkajs options. They replace the options that the config sets. The TLS
 * settings of the environment, such as the CA, are added to an `ssl` object that does not contain
 * them. Your own `socketFactory` receives your `ssl` option. Without this option, it receives
 * `true` if the current credentials require TLS, and otherwise `false`. It must apply the TLS
 * settings of the environment itself.
 * @throws QuixError `QUIX_CONFIG` if `quix` is not a `QuixStreamingClient`
 *
 * @example
 * ```ts
 * import { Kafka } from 'kafkajs';
 * import { QuixStreamingClient } from 'quix-streams-auth';
 * import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
 *
 * const kafka = new Kafka(kafkaJSConfig(new QuixStreamingClient(), { clientId: 'my-service' }));
 * const producer = kafka.producer();
 * await producer.connect(); // exchanges the token
 * ```
 */
export function kafkaJSConfig(
  quix: Pick<QuixStreamingClient, 'getBrokerCredentials' | 'invalidate' | 'describe'>,
  options: Partial<KafkaConfig> = {},
): KafkaConfig {
  assertClient(quix, 'kafkaJSConfig');
  const description = quix.describe();
  const settings = resolveSettings(description, options);
  const { ssl, brokers, socketFactory, ...others } = settings.options;
  const usesSasl = settings.securityProtocol.startsWith('SASL');
  const authMode = 'sasl' in others ? 'user' : usesSasl ? 'sasl' : 'none';
  const session = new KafkaJSSession(quix, 'kafkajs', authMode);
  const findBrokers = async (): Promise<string[]> => {
    if (brokers === undefined) return await session.loadBrokers();
    await session.load(); // logins need the credentials
    return typeof brokers === 'function' ? await brokers() : brokers;
  };
  const sasl: Mechanism = {
    // kafkajs reads this property before each login.
    get mechanism() {
      return session.current?.sasl?.mechanism ?? '';
    },
    authenticationProvider: (args) => ({
      authenticate: () =>
        session.logIn(args).catch((error: unknown) => throwForKafkaJS(error, true)),
    }),
  };
  return {
    ...(usesSasl && { sasl }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    ...(settings.clientId !== undefined && { clientId: settings.clientId }),
    ...others,
    ...(usesLocalBroker(description) && {
      logCreator: withTopicHint(() => session.current?.brokers[0], others.logCreator),
    }),
    socketFactory: (args) => session.connectSocket(args, ssl, socketFactory),
    ssl: ssl ?? settings.securityProtocol.endsWith('SSL'),
    brokers: () => findBrokers().catch((error: unknown) => throwForKafkaJS(error)),
    retry: { restartOnFailure: shouldRestart, ...others.retry },
  };
}

/**
 * Returns whether kafkajs should restart a crashed consumer. kafkajs marks every error of `brokers`
 * as retriable, so without this function it would restart forever.
 */
function shouldRestart(error: unknown): Promise<boolean> {
  return Promise.resolve(QuixError.from(error)?.retryable !== false);
}

/**
 * Throws an error. A `QuixError` is replaced by a copy, because kafkajs needs other properties:
 *
 * - `message` begins with the code, because kafkajs keeps only the message of errors of `brokers`.
 * - `retriable` decides whether kafkajs retries.
 * - `cause` is missing, because the consumer of kafkajs reads the properties of the innermost cause.
 * - `name` is `KafkaJSConnectionError` for a login that may be retried. kafkajs then opens a new
 *   connection first. The error type `ILLEGAL_SASL_STATE` has the same effect, but kafkajs 2.2.4
 *   then replaces the connections of the broker (`src/cluster/brokerPool.js`). Until the next
 *   login, each request to that broker fails with a `TypeError`, which ends a consumer.
 *
 * `QuixError.from()` returns the original error.
 */
function throwForKafkaJS(error: unknown, isLogin = false): never {
  if (!(error instanceof QuixError)) throw error;
  const { code, message, retryable: retriable } = error;
  // The cause of an error is not enumerable, so this does not copy it.
  const copy = Object.assign(new QuixError(code, `${code}: ${message}`), error, {
    retriable,
    ...(isLogin && retriable && { name: 'KafkaJSConnectionError' }),
  });
  rememberError(error, copy);
  throw copy;
}
