import type * as Platformatic from '@platformatic/kafka';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { fixedClient, type KafkaProbe, type ProbeOptions } from './kafka-probe.ts';

/** Creates a probe with @platformatic/kafka and the adapter of this package. */
export function platformaticProbe(
  { Admin }: typeof Platformatic,
  { credentials, broker, timeoutMs }: ProbeOptions,
): KafkaProbe {
  const admin = platformaticClient(fixedClient(credentials), Admin, {
    bootstrapBrokers: [broker],
    clientId: credentials.clientId ?? 'quix-auth',
    connectTimeout: timeoutMs,
    timeout: timeoutMs,
    retries: 0,
  });
  return {
    async logIn() {
      await admin.metadata({ topics: [] });
    },
    async countPartitions(topicId) {
      const options = { topics: [topicId], autocreateTopics: false, forceUpdate: true };
      const { topics } = await admin.metadata(options);
      return topics.get(topicId)?.partitionsCount ?? 0;
    },
    async groupState(groupId) {
      const groups = await admin.describeGroups({ groups: [groupId] });
      const state = groups.get(groupId)?.state.toLowerCase() ?? 'unknown';
      return state.charAt(0).toUpperCase() + state.slice(1);
    },
    close: () => admin.close(),
  };
}
