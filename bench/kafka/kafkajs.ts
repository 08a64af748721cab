import { createRequire } from 'node:module';
import { Kafka, logLevel, Partitioners, type KafkaConfig } from 'kafkajs';
import type { BenchClient, BenchLibrary, SettingsSource } from './bench-client.ts';
import { importInstalled, type KafkaEnvironment } from './environment.ts';

export async function kafkaJS(environment: KafkaEnvironment): Promise<BenchLibrary> {
  const { kafkaJSConfig } = await importInstalled('kafkajs');
  const { version } = createRequire(import.meta.url)('kafkajs/package.json') as { version: string };
  const own = { clientId: 'bench', logLevel: logLevel.NOTHING };
  const { bootstrap, ca, user } = environment.kafka;
  const configs: Record<SettingsSource, () => KafkaConfig> = {
    adapter: () => kafkaJSConfig(environment.quix, own),
    literals: () => ({
      ...own,
      brokers: bootstrap.saslSsl,
      ssl: { ca },
      sasl: { mechanism: 'scram-sha-512', ...user },
      connectionTimeout: 10_000,
    }),
  };
  return {
    name: `kafkajs ${version}`,
    client: (settings) => benchClient(() => new Kafka(configs[settings]())),
  };
}

function benchClient(make: () => Kafka): BenchClient {
  const connectProducer = async (): Promise<ReturnType<Kafka['producer']>> => {
    const producer = make().producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    return producer;
  };
  return {
    async connect() {
      const producer = await connectProducer();
      return () => producer.disconnect();
    },
    async startProducer(topic) {
      const producer = await connectProducer();
      return {
        async send(values) {
          await producer.send({ topic, acks: -1, messages: values.map((value) => ({ value })) });
        },
        close: () => producer.disconnect(),
      };
    },
    async startConsumer(topic, onMessage) {
      const consumer = make().consumer({ groupId: `bench-${crypto.randomUUID()}` });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
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
