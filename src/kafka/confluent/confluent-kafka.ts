import type { BrokerCredentials, QuixStreamingClient } from 'quix-streams-auth';
import {
  assertClient,
  LIBRDKAFKA_DEFAULTS,
  librdkafkaProperties,
  wrongLibraryError,
} from '../shared/index.ts';
import type { CreateActivity } from './client-activity.ts';
import type { ConfluentClient } from './confluent-connection.ts';
import { ConfluentSession } from './confluent-session.ts';
import { ConsumerActivity, type ConfluentConsumer } from './consumer-activity.ts';
import { ProducerActivity, type ConfluentProducer } from './producer-activity.ts';

/** The `KafkaJS` namespace of the package. */
interface ConfluentLibrary<Kafka, Config extends object> {
  readonly Kafka: new (config?: Config) => Kafka;
}

/** Values of `fromBeginning` and `auto.offset.reset` with which a consumer skips no message. */
const BEGINNING: readonly unknown[] = [true, 'earliest', 'smallest', 'beginning'];

/** For each librdkafka property, the option of the block `kafkaJS` that also sets it. */
const KAFKAJS_OPTIONS: Readonly<Record<string, string>> = {
  'client.id': 'clientId',
  'socket.timeout.ms': 'requestTimeout',
  'socket.connection.setup.timeout.ms': 'connectionTimeout',
  'retry.backoff.ms': 'retry',
  'retry.backoff.max.ms': 'retry',
};

const kafkaJSBlock = (config: object | undefined): Record<string, unknown> =>
  (config as { kafkaJS?: Record<string, unknown> } | undefined)?.kafkaJS ?? {};

/**
 * Returns the connection properties. Omits properties that an option in the user's block `kafkaJS`
 * sets, because the library would ignore the option.
 */
function propertiesFor(credentials: BrokerCredentials, block: Record<string, unknown>): object {
  const entries = Object.entries(librdkafkaProperties(credentials));
  return Object.fromEntries(
    entries.filter(([name]) => block[KAFKAJS_OPTIONS[name] ?? ''] === undefined),
  );
}

type ClientKind = 'producer' | 'consumer' | 'admin';

/** The three methods of the library's `Kafka` that create clients. */
type ClientFactories<Kafka> =
  Kafka extends Record<ClientKind, unknown> ? Pick<Kafka, ClientKind> : never;

/** Parameters of `new KafkaJS.Kafka()`, with each property of the `kafkaJS` block optional. */
type Overrides<Config> = {
  [Key in keyof Config]: Key extends 'kafkaJS' ? Partial<NonNullable<Config[Key]>> : Config[Key];
};

/**
 * Returns `producer()`, `consumer()` and `admin()` of the KafkaJS API of
 * `@confluentinc/kafka-javascript`, with the library's own types. Creating a client sends nothing.
 * `connect()` exchanges the token and then creates the library's client. Each returned client is a
 * proxy for that client.
 *
 * The function sets the connection properties and the other librdkafka properties that the Portal
 * sent, except `sasl.oauthbearer.*`. Unless the Portal sent other values, it sets
 * `connections.max.idle.ms` and `metadata.max.age.ms` to 180 000, and `reconnect.backoff.max.ms` to
 * 1 000.
 *
 * Connected producers and consumers use a new user name or password for their next login. They
 * cannot change to another mechanism, CA or list of brokers. A connected admin client cannot change
 * its login either. In these cases, `quix` emits the `warning` `KAFKA_CLIENT_OUTDATED`. A producer
 * without a transactional id and a consumer that commits offsets automatically are then replaced by
 * new ones. A `send()` that the old producer cannot finish rejects with a retryable `QuixError`, and
 * its messages may have been delivered. The new consumer may receive messages again. For any other
 * client, call `disconnect()` and then `connect()` on the same object to use the new settings.
 *
 * If Kafka refuses a login of a producer or consumer, or if the certificate of a broker is not
 * trusted, the token is exchanged again. `connect()` rejects with the errors of
 * `getBrokerCredentials()`, with `QUIX_UNSUPPORTED` for an unknown SASL mechanism, and with the
 * library's own errors. After a final error of `getBrokerCredentials()`, a connected client is
 * disconnected and `quix` emits the `warning` `KAFKA_LOGIN_REFUSED`.
 *
 * @param quix - Provides the brokers and credentials.
 * @param library - The `KafkaJS` namespace of the package.
 * @param overrides - Parameters of `new KafkaJS.Kafka()`. They replace the properties that this
 * function sets.
 * @throws QuixError `QUIX_CONFIG` if `quix` is not a `QuixStreamingClient`, or if `library` does
 * not contain a class `Kafka`
 *
 * @example
 * ```ts no-check
 * import { KafkaJS } from '@confluentinc/kafka-javascript';
 * import { QuixStreamingClient } from 'quix-streams-auth';
 * import { confluentKafka } from 'quix-streams-auth/confluent';
 *
 * const kafka = confluentKafka(new QuixStreamingClient(), KafkaJS);
 * const producer = kafka.producer();
 * await producer.connect(); // exchanges the token
 * ```
 */
export function confluentKafka<Kafka, Config extends object>(
  quix: QuixStreamingClient,
  library: ConfluentLibrary<Kafka, Config>,
  overrides?: Overrides<Config>,
): ClientFactories<Kafka> {
  assertClient(quix, 'confluentKafka');
  if (typeof (library as Partial<typeof library> | undefined)?.Kafka !== 'function') {
    throw wrongLibraryError('confluentKafka', 'KafkaJS', '@confluentinc/kafka-javascript');
  }
  /** Returns the values that the user set for an option, by its name in KafkaJS and in librdkafka. */
  const valuesOf = (config: object | undefined, kafkaJSName: string, name: string): unknown[] =>
    [overrides, config]
      .flatMap((each): unknown[] => [
        kafkaJSBlock(each)[kafkaJSName],
        Reflect.get(each ?? {}, name),
      ])
      .filter((value) => value !== undefined);
  const createClient = <Client extends ConfluentClient>(
    kind: ClientKind,
    config: object | undefined,
    createActivity?: CreateActivity<Client>,
  ): Client => {
    const block = { ...kafkaJSBlock(overrides), ...kafkaJSBlock(config) };
    const create = (credentials?: BrokerCredentials): Client => {
      const kafka = new library.Kafka({
        ...LIBRDKAFKA_DEFAULTS,
        ...(credentials && propertiesFor(credentials, block)),
        ...overrides,
      } as unknown as Config);
      return (kafka as Record<ClientKind, (config?: object) => Client>)[kind](config);
    };
    return clientOf(new ConfluentSession(quix, create, createActivity));
  };
  return {
    producer(config?: object) {
      // Another producer with the same transactional id would abort a transaction.
      const isTransactional = valuesOf(config, 'transactionalId', 'transactional.id').length > 0;
      const createActivity = (current: () => ConfluentProducer) => new ProducerActivity(current);
      return createClient('producer', config, isTransactional ? undefined : createActivity);
    },
    consumer(config?: object) {
      // A new consumer continues at the committed offsets. Without automatic commits, the user may
      // store offsets elsewhere.
      const autoCommits = valuesOf(config, 'autoCommit', 'enable.auto.commit');
      const isAutomatic = autoCommits.every((value) => String(value) !== 'false');
      const starts = valuesOf(config, 'fromBeginning', 'auto.offset.reset');
      const needsOffsets =
        starts.length === 0 || !starts.every((start) => BEGINNING.includes(start));
      const createActivity = (current: () => ConfluentConsumer) =>
        new ConsumerActivity(current, needsOffsets);
      return createClient('consumer', config, isAutomatic ? createActivity : undefined);
    },
    admin: (config?: object) => createClient('admin', config),
  } as unknown as ClientFactories<Kafka>;
}

/**
 * Returns a proxy for the client of a session. `connect()` creates that client, because librdkafka
 * reads brokers and credentials only when a client is created. While the session is not connected,
 * calls go to a client without brokers, which rejects them with the library's own errors.
 */
function clientOf<Client extends ConfluentClient>(session: ConfluentSession<Client>): Client {
  return new Proxy(session.unconnected, {
    get: (_, key) => {
      if (key === 'connect' || key === 'disconnect') return session[key];
      const { client } = session;
      const value: unknown = session.activity?.method(key) ?? Reflect.get(client, key, client);
      // Methods use private fields, which a proxy does not have.
      return typeof value === 'function' ? (value.bind(client) as unknown) : value;
    },
  });
}
