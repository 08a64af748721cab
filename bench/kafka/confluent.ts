import {
  CONFLUENT_VERSION,
  loadConfluent,
  silent,
  type ConfluentKafka,
} from '../../test/kafka/support/confluent-build.ts';
import type { BenchClient, BenchLibrary, SettingsSource } from './bench-client.ts';
import { importInstalled, type KafkaEnvironment } from './environment.ts';

type Makers = Pick<ConfluentKafka, 'producer' | 'consumer'>;

export async function confluent(environment: KafkaEnvironment): Promise<BenchLibrary> {
  const { confluentKafka } = await importInstalled('confluent');
  const library = loadConfluent();
  const own = { kafkaJS: { logger: silent }, 'client.id': 'bench' };
  const { bootstrap, ca, user } = environment.kafka;
  const makers: Record<SettingsSource, () => Makers> = {
    adapter: () => confluentKafka(environment.quix, library, own),
    literals: () =>
      new library.Kafka({
        ...own,
        'connections.max.idle.ms': 180_000,
        'metadata.max.age.ms': 180_000,
        'bootstrap.servers': bootstrap.saslSsl.join(','),
        'security.protocol': 'sasl_ssl',
        'sasl.mechanism': 'SCRAM-SHA-512',
        'sasl.username': user.username,
        'sasl.password': user.password,
        'ssl.ca.pem': ca,
      }),
  };
  return {
    name: `@confluentinc/kafka-javascript ${CONFLUENT_VERSION}`,
    client: (settings) => benchClient(makers[settings]),
  };
}

function benchClient(make: () => Makers): BenchClient {
  return {
    async connect() {
      const producer = make().producer();
      await producer.connect();
      return () => producer.disconnect();
    },
    async startProducer(topic) {
      const producer = make().producer({ kafkaJS: { acks: -1 } });
      await producer.connect();
      return {
        async send(values) {
          await producer.send({ topic, messages: values.map((value) => ({ value })) });
        },
        close: () => producer.disconnect(),
      };
    },
    async startConsumer(topic, onMessage) {
      const consumer = make().consumer({
        kafkaJS: { groupId: `bench-${crypto.randomUUID()}`, fromBeginning: true },
      });
      await consumer.connect();
      await consumer.subscribe({ topics: [topic] });
      await consumer.run({
        eachMessage: () => {
          onMessage();
          return Promise.resolve();
        },
      });
      return () => consumer.disconnect();
    },
  };
}
