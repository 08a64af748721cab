import { randomUUID } from 'node:crypto';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import { portalBroker } from './portal-broker.ts';
import type { SharedKafka } from './shared-kafka.ts';

/**
 * Starts a Portal emulator that creates each of its topics in a real Kafka too, as Quix does. Kafka
 * itself does not create topics.
 *
 * @param topics - Names of topics that exist before the test starts.
 */
export async function startNestEnvironment(
  kafka: Pick<SharedKafka, 'createTopic' | 'bootstrap' | 'ca' | 'otherCa' | 'user'>,
  topics: readonly string[] = [],
  workspaceId = `nest-${randomUUID()}`,
): Promise<PortalEmulator> {
  const portal: PortalEmulator = await startPortalEmulator({
    workspaces: [{ workspaceId, topics }],
    topicCreationMs: 1_000,
    onRequest: ({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/topics')) return;
      const added = [...portal.topics.values()].at(-1);
      if (added) void kafka.createTopic(added.id);
    },
  });
  portal.setBroker(portalBroker(kafka));
  for (const topic of portal.topics.values()) await kafka.createTopic(topic.id);
  return portal;
}
