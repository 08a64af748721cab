import { QuixError, type BrokerCredentials, type QuixStreamingClient } from 'quix-streams-auth';
import {
  assertClient,
  BrokerSession,
  LIBRDKAFKA_DEFAULTS,
  LibrdkafkaConnection,
  librdkafkaProperties,
} from '../shared/index.ts';
import { AttachedClient, type UserClient } from './attached-client.ts';

/**
 * The librdkafka properties that {@link librdkafkaConfig} sets. A config can also contain other
 * properties, which the Portal sent.
 */
export interface LibrdkafkaConfig {
  /** Brokers as `host:port`, separated by commas. */
  'bootstrap.servers': string;
  /** Determines whether connections use TLS and SASL. */
  'security.protocol': 'plaintext' | 'ssl' | 'sasl_plaintext' | 'sasl_ssl';
  /** `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`. Absent without SASL. */
  'sasl.mechanism'?: string;
  /** User name of the login. Absent without SASL. */
  'sasl.username'?: string;
  /** The secret password. Absent without SASL. */
  'sasl.password'?: string;
  /** PEM of the private certificate authority. Absent if the environment does not have one. */
  'ssl.ca.pem'?: string;
  /** Client id that the broker requires, if any. */
  'client.id'?: string;
  /** 180 000 ms, because cloud load balancers drop idle connections. */
  'connections.max.idle.ms': number;
  /** 180 000 ms. */
  'metadata.max.age.ms': number;
  /** 1 000 ms, so that a client connects again soon after an outage. */
  'reconnect.backoff.max.ms': number;
}

/**
 * A `Producer` or `KafkaConsumer` of node-rdkafka, or of the classic API of
 * `@confluentinc/kafka-javascript`. The interface contains only some of their methods.
 */
export interface LibrdkafkaClient {
  /** Returns whether the client is connected. */
  isConnected(): boolean;
  /** Requests the metadata of the cluster. */
  getMetadata(options: { timeout: number }, callback: (error: unknown) => void): unknown;
  /** Closes the connections. */
  disconnect(callback: () => void): unknown;
}

/** The result of {@link librdkafkaConfig}. */
export interface LibrdkafkaSetup<Overrides extends object> {
  /** Argument of `new Producer()` and `new KafkaConsumer()`. Contains secrets in clear text. */
  readonly config: LibrdkafkaConfig & Overrides;
  /**
   * Keeps the login of a client up to date. Pass a client that was created with `config`, before its
   * `connect()`. Returns a function that detaches the client. A client that has been disconnected is
   * detached automatically.
   *
   * `replace` is called once, after the warning `KAFKA_CLIENT_OUTDATED` for this client. The function
   * should disconnect the client and create another one, because the old client is detached.
   *
   * Throws a `QuixError` with the code `QUIX_CONFIG` if `client` is not a client of librdkafka.
   */
  readonly attach: (client: LibrdkafkaClient, replace?: () => unknown) => () => void;
}

/** If the user sets one of these properties, `attach()` does not change the login. */
const LOGIN_PROPERTIES = ['sasl.username', 'sasl.password'];

/**
 * Exchanges the token and resolves to `{ config, attach }`, for node-rdkafka and for the classic API
 * of `@confluentinc/kafka-javascript`.
 *
 * `config` is the argument of `new Producer(config)` and `new KafkaConsumer(config)`. It contains the
 * password and other secrets in clear text. It has the connection properties and the other
 * librdkafka properties that the Portal sent, except `sasl.oauthbearer.*`. Unless the Portal sent
 * other values, `connections.max.idle.ms` and `metadata.max.age.ms` are 180 000, and
 * `reconnect.backoff.max.ms` is 1 000.
 *
 * `attach(client)` keeps the login of a client up to date. A client of
 * `@confluentinc/kafka-javascript` uses a new user name or password for its next login. It cannot
 * change to another mechanism, CA or list of brokers. A client of node-rdkafka cannot change any of
 * its settings. If a client cannot apply a change, `quix` emits the `warning`
 * `KAFKA_CLIENT_OUTDATED` once for these credentials. Then create a new `config` and a new client.
 *
 * If Kafka refuses a login of an attached client, or if the certificate of a broker is not trusted,
 * the token is exchanged again. After a final error of `getBrokerCredentials()`, `quix` emits the
 * `warning` `KAFKA_LOGIN_REFUSED`. The client is disconnected if it was connected. Otherwise, its
 * `connect()` fails after the time limit of the library.
 *
 * @param quix - Provides the brokers and credentials.
 * @param overrides - librdkafka properties that replace those of this function, including brokers
 * and the login. Properties with the value `undefined` are ignored. With your own `sasl.username` or
 * `sasl.password`, `attach()` does not change the login, and ignores refused logins.
 * @throws QuixError the codes of `getBrokerCredentials()`. `QUIX_UNSUPPORTED` for an unknown SASL
 * mechanism. `QUIX_CONFIG` if `quix` is not a `QuixStreamingClient`
 *
 * @example
 * ```ts no-check
 * import { Producer } from 'node-rdkafka';
 * import { QuixStreamingClient } from 'quix-streams-auth';
 * import { librdkafkaConfig } from 'quix-streams-auth/librdkafka';
 *
 * const { config, attach } = await librdkafkaConfig(new QuixStreamingClient(), { dr_cb: true });
 * const producer = new Producer(config);
 * const detach = attach(producer);
 * producer.connect();
 * ```
 */
export async function librdkafkaConfig<const Overrides extends object = object>(
  quix: QuixStreamingClient,
  overrides?: Overrides,
): Promise<LibrdkafkaSetup<Overrides>> {
  assertClient(quix, 'librdkafkaConfig');
  const userProperties = Object.fromEntries(
    Object.entries(overrides ?? {}).filter(([, value]) => value !== undefined),
  );
  const authMode = LOGIN_PROPERTIES.some((name) => name in userProperties) ? 'user' : 'any';
  const credentials = await new BrokerSession(quix, 'librdkafka', authMode, true).load();
  const propertiesOf = (from: BrokerCredentials): Record<string, string | boolean> =>
    Object.fromEntries(
      Object.entries(librdkafkaProperties(from)).filter(([name]) => !(name in userProperties)),
    );
  const config = { ...LIBRDKAFKA_DEFAULTS, ...propertiesOf(credentials), ...userProperties };
  return {
    config: config as unknown as LibrdkafkaConfig & Overrides,
    attach: (client, replace) => {
      assertLibrdkafka(client);
      const connection = new LibrdkafkaConnection(client, credentials, propertiesOf);
      return new AttachedClient(quix, client, connection, authMode, replace).detach;
    },
  };
}

function assertLibrdkafka(client: unknown): asserts client is UserClient {
  const { on, getMetadata } = (client ?? {}) as Partial<UserClient>;
  if (typeof on === 'function' && typeof getMetadata === 'function') return;
  const summary = 'The argument of attach() must be a Producer or a KafkaConsumer.';
  const hint =
    'Run "npm install node-rdkafka" or "npm install @confluentinc/kafka-javascript", and pass a client that was created with config. For the KafkaJS API, use confluentKafka().';
  throw new QuixError('QUIX_CONFIG', summary, { hint });
}
