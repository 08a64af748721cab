import type { BrokerCredentials, QuixStreamingClient } from 'quix-streams-auth';
import { wrongLibrary } from '../shared/index.ts';
import { lazyClient } from './lazy-client.ts';
import type { KafkaJSClient } from './native-client.ts';

/** Cloud load balancers silently drop connections after 4 idle minutes. */
const MAX_IDLE_MS = 180_000;

interface KafkaJSLibrary<Kafka, Config extends object> {
  readonly Kafka: new (config?: Config) => Kafka;
}

/** The three methods of the library's `Kafka` that create clients. */
type Makers<Kafka> = Kafka extends { producer: unknown; consumer: unknown; admin: unknown }
  ? Pick<Kafka, 'producer' | 'consumer' | 'admin'>
  : never;

/** Parameters of `new KafkaJS.Kafka()`, with each property of the `kafkaJS` block optional. */
type Overrides<Config> = {
  [Key in keyof Config]: Key extends 'kafkaJS' ? Partial<NonNullable<Config[Key]>> : Config[Key];
};

type Make = (config?: object) => KafkaJSClient;

/**
 * Returns `producer()`, `consumer()` and `admin()` of the KafkaJS API of
 * `@confluentinc/kafka-javascript`, with the library's own types. Creating a client sends nothing.
 * The token is exchanged in `connect()`, which then builds the library's client. Each client is a
 * proxy for the library's client.
 *
 * A new user name or password is set on connected clients, and librdkafka uses it for the next
 * login. The mechanism, the CA and the brokers of a connected client cannot change. If they should,
 * `quix` emits the `warning` `KAFKA_CLIENT_OUTDATED`. Call `disconnect()` and then `connect()` on
 * the same object to use the new settings. If Kafka refuses a login and no other credentials can be
 * obtained, the client is disconnected and `quix` emits the `warning` `KAFKA_LOGIN_REFUSED`.
 *
 * The config sets the connection's properties, `connections.max.idle.ms` and `metadata.max.age.ms`
 * (180 000 ms).
 *
 * @param library - The `KafkaJS` namespace of the package.
 * @param overrides - Parameters of `new KafkaJS.Kafka()`. Its properties replace the ones above.
 * @throws QuixError `QUIX_CONFIG` if `library` is not that namespace
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
  library: KafkaJSLibrary<Kafka, Config>,
  overrides?: Overrides<Config>,
): Makers<Kafka> {
  if (typeof (library as Partial<typeof library> | undefined)?.Kafka !== 'function') {
    throw wrongLibrary('confluentKafka', 'KafkaJS', '@confluentinc/kafka-javascript');
  }
  const lazy = (kind: 'producer' | 'consumer' | 'admin') => (config?: object) =>
    lazyClient(quix, (credentials) => {
      const kafka = new library.Kafka(kafkaConfig(credentials, overrides) as Config);
      return (kafka as Record<typeof kind, Make>)[kind](config);
    });
  const makers = { producer: lazy('producer'), consumer: lazy('consumer'), admin: lazy('admin') };
  return makers as unknown as Makers<Kafka>;
}

function kafkaConfig(credentials: BrokerCredentials | undefined, overrides: object = {}): object {
  const { kafkaJS } = overrides as { kafkaJS?: { clientId?: unknown } };
  const { 'client.id': clientId, ...properties } = credentials?.toLibrdkafka() ?? {};
  return {
    'connections.max.idle.ms': MAX_IDLE_MS,
    'metadata.max.age.ms': MAX_IDLE_MS,
    ...properties,
    ...(clientId !== undefined && kafkaJS?.clientId === undefined && { 'client.id': clientId }),
    ...overrides,
  };
}
