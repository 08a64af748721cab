// Parts of a service. The two tests in this folder test them.
import type { QuixStreamingClient } from 'quix-streams-auth';

/** Topic id and consumer group id of a stream. */
export interface Stream {
  readonly topicId: string;
  readonly groupId: string;
}

/** Resolves a name to the ids that Kafka needs. Creates the topic if it does not exist. */
export async function openStream(quix: QuixStreamingClient, name: string): Promise<Stream> {
  const [topic, groupId] = await Promise.all([quix.getTopic(name), quix.getConsumerGroup(name)]);
  return { topicId: topic.id, groupId };
}

/** Returns the names of the environments that a token sees. Calls the Portal API with fetch. */
export async function listEnvironments(portalApi: string, token: string): Promise<string[]> {
  const response = await fetch(new URL('/workspaces', portalApi), {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`The Portal answered with status ${response.status}.`);
  const workspaces = (await response.json()) as { readonly name: string }[];
  return workspaces.map(({ name }) => name);
}
