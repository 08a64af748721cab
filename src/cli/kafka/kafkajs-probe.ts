import type * as KafkaJS from 'kafkajs';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { fixedSource, type KafkaProbe, type ProbeOptions } from './kafka-probe.ts';

/** With the delays of kafkajs, a request for a group takes a few seconds at most. */
const GROUP_RETRIES = 4;

/** Creates a probe with kafkajs and the adapter of this package. */
export function kafkaJSProbe(
  { Kafka, logLevel }: typeof KafkaJS,
  { credentials, broker, timeoutMs }: ProbeOptions,
): KafkaProbe {
  const makeAdmin = (retries: number): KafkaJS.Admin => {
    const config = kafkaJSConfig(fixedSource(credentials), {
      brokers: [broker],
      clientId: credentials.clientId ?? 'quix-auth',
      connectionTimeout: timeoutMs,
      authenticationTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      logLevel: logLevel.NOTHING,
      retry: { retries },
    });
    return new Kafka(config).admin();
  };
  const admin = makeAdmin(0);
  return {
    logIn: () => admin.connect(),
    async countPartitions(topicId) {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topicId] });
      return topics[0]?.partitions.length ?? 0;
    },
    async groupState(groupId) {
      // The first request fails while a new Kafka cluster creates its topic for groups.
      const patient = makeAdmin(GROUP_RETRIES);
      try {
        await patient.connect();
        const { groups } = await patient.describeGroups([groupId]);
        return groups[0]?.state ?? 'Unknown';
      } finally {
        await patient.disconnect();
      }
    },
    close: () => admin.disconnect(),
  };
}
