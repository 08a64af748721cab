import {
  CONFLUENT_VERSION,
  loadConfluent,
  silent,
  type ConfluentKafka,
} from '../../test/kafka/support/confluent-build.ts';
import { importBuilt } from './built.ts';
import type { Contestant, Library, Side } from './contestant.ts';
import type { Stage } from './stage.ts';

type Makers = Pick<ConfluentKafka, 'producer' | 'consumer'>;

export async function confluent(stage: Stage): Promise<Library> {
  const { confluentKafka } = await importBuilt('confluent');
  const library = loadConfluent();
  const own = { kafkaJS: { logger: silent }, 'client.id': 'bench' };
  const { bootstrap, ca, user } = stage.kafka;
  const makers: Record<Side, () => Makers> = {
    adapter: () => confluentKafka(stage.quix, library, own),
    literal: () =>
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
    contestant: (side) => contestant(makers[side]),
  };
}

function contestant(make: () => Makers): Contestant {
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
