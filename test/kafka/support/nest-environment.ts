import { randomUUID } from 'node:crypto';
import {
  startPortalEmulator,
  type PortalEmulator,
  type RecordedRequest,
} from 'quix-streams-auth/testing';
import { portalBroker } from './portal-broker.ts';
import type { SharedKafka } from './shared-kafka.ts';

type TopicCreator = Pick<SharedKafka, 'createTopic'>;

/**
 * Creates the topic of a request for a new topic in a real Kafka too, as Quix does. Kafka itself
 * does not create topics. Pass it to `onRequest` of an emulator with `topicCreationMs`.
 */
export function createRequestedTopic(
  { method, path }: RecordedRequest,
  portal: PortalEmulator,
  kafka: TopicCreator,
): void {
  const [, workspaceId = ''] = /^\/([^/]+)\/topics$/.exec(path) ?? [];
  if (method !== 'POST') return;
  const added = [...(portal.workspaces.get(workspaceId)?.topics.values() ?? [])].at(-1);
  if (added) void kafka.createTopic(added.id);
}

/**
 * Starts a Portal emulator with a real Kafka.
 *
 * @param topics - Names of topics that exist before the test starts.
 */
export async function startNestEnvironment(
  kafka: SharedKafka,
  topics: readonly string[] = [],
  workspaceId = `nest-${randomUUID()}`,
): Promise<PortalEmulator> {
  const portal: PortalEmulator = await startPortalEmulator({
    workspaces: [{ workspaceId, topics }],
    topicCreationMs: 1_000,
    onRequest: (request) => {
      createRequestedTopic(request, portal, kafka);
    },
  });
  portal.setBroker(portalBroker(kafka));
  for (const topic of portal.topics.values()) await kafka.createTopic(topic.id);
  return portal;
}
