import type { KafkaJS } from '@confluentinc/kafka-javascript';
import type { KafkaConfig } from 'kafkajs';
import { QuixError, QuixStreamingClient, type BrokerCredentials } from 'quix-streams-auth';
import type { confluentKafka } from 'quix-streams-auth/confluent';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import type { librdkafkaConfig } from 'quix-streams-auth/librdkafka';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';

export type Confluent = ReturnType<typeof confluentKafka>;
export type Librdkafka = ReturnType<typeof librdkafkaConfig>;
export type ConfluentProducer = KafkaJS.Producer;

async function main(): Promise<void> {
  const quix = new QuixStreamingClient();
  const { workspaceId }: BrokerCredentials = await quix.getBrokerCredentials();
  const config: KafkaConfig = kafkaJSConfig(quix, { clientId: 'my-service' });
  const portal: PortalEmulator = await startPortalEmulator();
  const rejected: unknown = await new QuixStreamingClient({
    env: { ...portal.env, Quix__Sdk__Token: 'sdk-not-a-token-of-this-portal' },
  })
    .getBrokerCredentials()
    .catch((error: unknown) => error);
  await portal.close();
  await quix.close();
  if (workspaceId !== 'org-project-dev' || config.clientId !== 'my-service') {
    throw new Error('The credentials or the configuration are wrong.');
  }
  if (!(rejected instanceof QuixError) || rejected.code !== 'QUIX_TOKEN_REJECTED') {
    throw new Error('The wrong token was not rejected.');
  }
}
void main();
