/** A program of a user, without casts. @platformatic/kafka has its own program, because it is only available as ESM. */
export const SERVICE = `
import { KafkaConsumer as ClassicConsumer, KafkaJS, Producer as ClassicProducer } from '@confluentinc/kafka-javascript';
import { Kafka, type KafkaConfig, type Producer } from 'kafkajs';
import { setupServer } from 'msw/node';
import { KafkaConsumer, Producer as RdkafkaProducer, type ConsumerGlobalConfig } from 'node-rdkafka';
import { QuixError, QuixStreamingClient, type BrokerCredentials, type QuixErrorCode } from 'quix-streams-auth';
import { confluentKafka } from 'quix-streams-auth/confluent';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { librdkafkaConfig } from 'quix-streams-auth/librdkafka';
import { createPortalState, startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import { portalHandlers } from 'quix-streams-auth/testing/msw';

const quix = new QuixStreamingClient();
export const credentials: Promise<BrokerCredentials> = quix.getBrokerCredentials();
quix.on('rotated', ({ current }) => { console.log(current.fingerprint); });
export function codeOf(error: unknown): QuixErrorCode | undefined {
  return error instanceof QuixError ? error.code : undefined;
}
export async function useOnce(): Promise<string> {
  await using client = new QuixStreamingClient({ token: async ({ signal }) => String(signal.aborted) });
  return (await client.getTopic('f1-data')).id;
}

export const config: KafkaConfig = kafkaJSConfig(quix, { clientId: 'my-service' });
export const producer: Producer = new Kafka(config).producer();

const kafka = confluentKafka(quix, KafkaJS, { kafkaJS: { clientId: 'my-service' } });
export const confluentProducer: KafkaJS.Producer = kafka.producer({ 'linger.ms': 5 });
export const confluentConsumer: KafkaJS.Consumer = kafka.consumer({ kafkaJS: { groupId: 'my-group' } });
export const confluentAdmin: KafkaJS.Admin = kafka.admin();
export const messages: Promise<KafkaJS.RecordMetadata[]> = confluentProducer.send({
  topic: 'my-topic',
  messages: [{ key: 'car-1', value: '312' }],
});

export async function useLibrdkafka(): Promise<void> {
  const { config, attach } = await librdkafkaConfig(quix);
  const detach: () => void = attach(new RdkafkaProducer(config));
  attach(new ClassicProducer(config), () => { detach(); });
  // Literals keep their types.
  const own = await librdkafkaConfig(quix, {
    'group.id': 'my-group',
    'partition.assignment.strategy': 'cooperative-sticky',
    'bootstrap.servers': 'localhost:9092',
    'enable.auto.commit': false,
  });
  attach(new KafkaConsumer(own.config, {}));
  attach(new ClassicConsumer(own.config, {}));
  const typed: ConsumerGlobalConfig = { 'group.id': 'my-group' };
  attach(new KafkaConsumer((await librdkafkaConfig(quix, typed)).config, {}));
  const wrong = await librdkafkaConfig(quix, { 'compression.codec': 'zip' });
  // @ts-expect-error librdkafka has no such codec.
  new RdkafkaProducer(wrong.config);
  // @ts-expect-error A client of the KafkaJS API cannot be attached.
  attach(confluentProducer);
}

export const emulator: Promise<PortalEmulator> = startPortalEmulator();
export const server = setupServer(...portalHandlers(createPortalState()));

// @ts-expect-error The option does not exist.
new QuixStreamingClient({ tokn: 'a' });
// @ts-expect-error kafkajs has no such option.
kafkaJSConfig(quix, { clientID: 'my-service' });
`;

export const PLATFORMATIC = `
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { QuixStreamingClient } from 'quix-streams-auth';
import { platformaticClient } from 'quix-streams-auth/platformatic';

const quix = new QuixStreamingClient();
export const producer: Producer<string, string, string, string> = platformaticClient(quix, Producer, {
  serializers: stringSerializers,
});
export const consumer: Consumer<string, string, string, string> = platformaticClient(quix, Consumer, {
  groupId: 'my-group',
  deserializers: stringDeserializers,
});
export const admin: Admin = platformaticClient(quix, Admin);

// @ts-expect-error A consumer needs its group.
platformaticClient(quix, Consumer, {});
`;

/** A program that is compiled and run. It prints its results as JSON. */
export const PROGRAM = `
import { Kafka } from 'kafkajs';
import { setupServer } from 'msw/node';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { createPortalState, startPortalEmulator } from 'quix-streams-auth/testing';
import { portalHandlers } from 'quix-streams-auth/testing/msw';

async function main(): Promise<void> {
  const portal = await startPortalEmulator();
  portal.setBroker({ brokers: ['127.0.0.1:1'], securityProtocol: 'PLAINTEXT' });
  const quix = new QuixStreamingClient({ env: portal.env });
  const { brokers } = await quix.getBrokerCredentials();
  const topic = await quix.getTopic('f1-data');
  const kafka = new Kafka(kafkaJSConfig(quix, { logLevel: 0, retry: { retries: 0 } }));
  const unreachable = await kafka.admin().connect().catch((error: unknown) => error);
  portal.rotateTokens();
  const rejected = await quix.getBrokerCredentials({ forceRefresh: true }).catch((error: unknown) => error);
  await quix.close();
  await portal.close();

  const state = createPortalState();
  const server = setupServer(...portalHandlers(state));
  server.listen();
  const mocked = await fetch('https://portal-api.cloud.quix.io/workspaces', {
    headers: { authorization: 'Bearer ' + state.token1 },
  });
  server.close();
  console.log(JSON.stringify({
    brokers,
    topic: topic.id,
    unreachable: unreachable instanceof Error && unreachable.name,
    rejected: rejected instanceof QuixError && rejected.code,
    mocked: mocked.status,
  }));
}
void main();
`;
