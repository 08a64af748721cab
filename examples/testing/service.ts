// What the two tests beside this file test: parts of a service as you may have them.
import type { QuixStreamingClient } from 'quix-streams-auth';

/** Where a service reads and writes. */
export interface Stream {
  readonly topicId: string;
  readonly groupId: string;
}

/** Names in, ids out; the topic is made when it is not there. */
export async function openStream(quix: QuixStreamingClient, name: string): Promise<Stream> {
  const [topic, groupId] = await Promise.all([quix.getTopic(name), quix.getConsumerGroup(name)]);
  return { topicId: topic.id, groupId };
}

/** Names of the environments that a token sees, by the Portal API itself: for a dashboard, say. */
export async function listEnvironments(portalApi: string, token: string): Promise<string[]> {
  const response = await fetch(new URL('/workspaces', portalApi), {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`The Portal answered ${response.status}.`);
  const workspaces = (await response.json()) as { readonly name: string }[];
  return workspaces.map(({ name }) => name);
}
