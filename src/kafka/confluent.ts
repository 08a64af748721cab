/** @module quix-streams-auth/confluent */
import type { BrokerCredentials } from '../credentials/index.ts';
import type { QuixStreamingClient } from '../client.ts';
import { lazyClient } from './confluent-client.ts';
import type { BuildClient, KafkaJSClient } from './confluent-native.ts';
import { wrongLibrary } from './wrong-library.ts';

/** Below the 4 minutes after which cloud load balancers drop an idle connection without a word. */
const IDLE_MS = 180_000;

interface KafkaJSLibrary<Kafka, Config extends object> {
  readonly Kafka: new (config?: Config) => Kafka;
}

/** The three methods of the library's own `Kafka`. */
type Makers<Kafka> = Kafka extends { producer: unknown; consumer: unknown; admin: unknown }
  ? Pick<Kafka, 'producer' | 'consumer' | 'admin'>
  : never;

/** What `new KafkaJS.Kafka()` takes, with nothing of its `kafkaJS` block required: brokers least of all. */
type Overrides<Config> = {
  [Key in keyof Config]: Key extends 'kafkaJS' ? Partial<NonNullable<Config[Key]>> : Config[Key];
};

type Make = (config?: object) => KafkaJSClient;

/**
 * The `producer()`, `consumer()` and `admin()` of `@confluentinc/kafka-javascript`'s KafkaJS API,
 * with the library's own types. Creating any of them sends nothing: the real client is built inside
 * `connect()`, with the brokers and credentials of that moment.
 *
 * While a client is connected, a new user name or password is handed to it (librdkafka takes it for
 * the next login). Another mechanism, CA or list of brokers cannot be handed to it: a `warning` of
 * the code `KAFKA_CLIENT_OUTDATED` says so, and `disconnect()` followed by `connect()` on the same
 * object builds it anew.
 *
 * What it sets, unless you do: the connection's properties, `connections.max.idle.ms` and
 * `metadata.max.age.ms` 180 000.
 *
 * @param library - The `KafkaJS` namespace of the package.
 * @param overrides - What `new KafkaJS.Kafka()` takes; its properties win.
 * @throws QuixError `QUIX_CONFIG` for another `library`
 *
 * @example
 * ```ts no-check
 * import { KafkaJS } from '@confluentinc/kafka-javascript';
 * import { QuixStreamingClient } from 'quix-streams-auth';
 * import { confluentKafka } from 'quix-streams-auth/confluent';
 *
 * const kafka = confluentKafka(new QuixStreamingClient(), KafkaJS);
 * const producer = kafka.producer();
 * await producer.connect(); // here the token is exchanged
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
  const lazy =
    (kind: 'producer' | 'consumer' | 'admin') =>
    (config?: object): KafkaJSClient => {
      const build: BuildClient = (credentials) => {
        const kafka = new library.Kafka(connection(credentials, overrides) as Config);
        return (kafka as Record<typeof kind, Make>)[kind](config);
      };
      return lazyClient(quix, build);
    };
  const makers = { producer: lazy('producer'), consumer: lazy('consumer'), admin: lazy('admin') };
  return makers as unknown as Makers<Kafka>;
}

function connection(credentials: BrokerCredentials | undefined, overrides: object = {}): object {
  const { kafkaJS } = overrides as { kafkaJS?: { clientId?: unknown } };
  const { 'client.id': clientId, ...properties } = credentials?.toLibrdkafka() ?? {};
  return {
    'connections.max.idle.ms': IDLE_MS,
    'metadata.max.age.ms': IDLE_MS,
    ...properties,
    ...(clientId !== undefined && kafkaJS?.clientId === undefined && { 'client.id': clientId }),
    ...overrides,
  };
}
