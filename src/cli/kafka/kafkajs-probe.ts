import type * as KafkaJS from 'kafkajs';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { fixedSource, type KafkaProbe, type ProbeOptions } from './kafka-probe.ts';

/** With kafkajs, by the adapter of this package. */
export function kafkaJSProbe(
  { Kafka, logLevel }: typeof KafkaJS,
  { credentials, broker, timeoutMs }: ProbeOptions,
): KafkaProbe {
  const config = kafkaJSConfig(fixedSource(credentials), {
    brokers: [broker],
    clientId: credentials.clientId ?? 'quix-auth',
    connectionTimeout: timeoutMs,
    authenticationTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
  const admin = new Kafka(config).admin();
  return {
    logIn: () => admin.connect(),
    async countPartitions(topicId) {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topicId] });
      return topics[0]?.partitions.length ?? 0;
    },
    async groupState(groupId) {
      const { groups } = await admin.describeGroups([groupId]);
      return groups[0]?.state ?? 'Unknown';
    },
    close: () => admin.disconnect(),
  };
}
