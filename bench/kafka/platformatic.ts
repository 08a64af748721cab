import { pathToFileURL } from 'node:url';
import type { BaseOptions, Consumer, Producer } from '@platformatic/kafka';
import { closeConsumer } from '../../test/kafka/support/close-consumer.ts';
import { findPlatformatic } from '../../test/kafka/support/platformatic-version.ts';
import type { BenchClient, BenchLibrary, SettingsSource } from './bench-client.ts';
import { importInstalled, type KafkaEnvironment } from './environment.ts';

interface Classes {
  readonly Producer: typeof Producer;
  readonly Consumer: typeof Consumer;
}

interface Maker {
  producer(): Producer;
  consumer(groupId: string): Consumer;
}

export async function platformatic(environment: KafkaEnvironment): Promise<BenchLibrary> {
  const { platformaticClient } = await importInstalled('platformatic');
  const { entry, version } = findPlatformatic();
  const library = (await import(pathToFileURL(entry).href)) as Classes;
  const { bootstrap, ca, user } = environment.kafka;
  const literal: BaseOptions = {
    clientId: 'quix-streams-auth',
    bootstrapBrokers: bootstrap.saslSsl,
    connectTimeout: 10_000,
    retries: 8,
    retryDelay: 1_000,
    tls: { ca },
    tlsServerName: true,
    sasl: { mechanism: 'SCRAM-SHA-512', ...user },
  };
  const makers: Record<SettingsSource, Maker> = {
    adapter: {
      producer: () => platformaticClient(environment.quix, library.Producer),
      consumer: (groupId) => platformaticClient(environment.quix, library.Consumer, { groupId }),
    },
    literals: {
      producer: () => new library.Producer(literal),
      consumer: (groupId) => new library.Consumer({ ...literal, groupId }),
    },
  };
  return {
    name: `@platformatic/kafka ${version}`,
    client: (settings) => benchClient(makers[settings]),
  };
}

function benchClient(make: Maker): BenchClient {
  return {
    async connect() {
      const producer = make.producer();
      await producer.metadata({ topics: [] }); // this producer has no connect()
      return () => producer.close();
    },
    startProducer(topic) {
      const producer = make.producer();
      return Promise.resolve({
        async send(values) {
          await producer.send({ acks: -1, messages: values.map((value) => ({ topic, value })) });
        },
        close: () => producer.close(),
      });
    },
    async startConsumer(topic, onMessage) {
      const consumer = make.consumer(`bench-${crypto.randomUUID()}`);
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
      stream.on('data', onMessage);
      return () => closeConsumer(consumer);
    },
  };
}
