import {
  brokerSettingsSchema,
  permissionSchema,
  topicSchema,
  topicsSchema,
  workspaceSchema,
  workspacesSchema,
  type BrokerSettingsResponse,
  type TopicResponse,
  type WorkspaceResponse,
} from './schemas.ts';
import { cleanText, containsSecret } from '../token/index.ts';
import type { PortalRequest } from './portal-session.ts';

/** `GET /workspaces`: the workspaces that the token has access to. */
export const getWorkspaces = (): PortalRequest<WorkspaceResponse[]> => ({
  path: ['workspaces'],
  schema: workspacesSchema,
  subject: 'the list of workspaces',
  // Messages show ids and names. Any text of a server may contain the token.
  clean: (workspaces, secrets) =>
    workspaces
      .filter(({ workspaceId }) => !containsSecret(workspaceId, secrets))
      .map(({ name, ...others }) => ({ ...others, name: name && cleanText(name, secrets) })),
});

/** `GET /workspaces/{workspaceId}` */
export const getWorkspace = (workspaceId: string): PortalRequest<WorkspaceResponse> => ({
  path: ['workspaces', workspaceId],
  schema: workspaceSchema,
  subject: `workspace ${workspaceId}`,
  workspaceId,
});

/** `GET /workspaces/{workspaceId}/broker/librdkafka` */
export const getBrokerSettings = (workspaceId: string): PortalRequest<BrokerSettingsResponse> => ({
  path: ['workspaces', workspaceId, 'broker', 'librdkafka'],
  schema: brokerSettingsSchema,
  subject: `the broker settings of workspace ${workspaceId}`,
  workspaceId,
});

/** `GET /{workspaceId}/topics` */
export const getTopics = (workspaceId: string): PortalRequest<TopicResponse[]> => ({
  path: [workspaceId, 'topics'],
  schema: topicsSchema,
  subject: `the topics of workspace ${workspaceId}`,
  workspaceId,
  clean: (topics, secrets) =>
    topics
      .filter(({ id, name }) => !containsSecret(`${id} ${name}`, secrets))
      .map((topic) => cleanTopic(topic, secrets)),
});

/** `GET /{workspaceId}/topics/{name}` */
export const getTopic = (workspaceId: string, name: string): PortalRequest<TopicResponse> => ({
  path: [workspaceId, 'topics', name],
  schema: topicSchema,
  subject: `topic ${name}`,
  workspaceId,
  topic: name,
  clean: cleanTopic,
});

/**
 * `POST /{workspaceId}/topics`. It is not retried, because the first attempt may have created the
 * topic although it failed.
 */
export const createTopic = (
  workspaceId: string,
  topic: { readonly name: string; readonly configuration?: object | undefined },
): PortalRequest<TopicResponse> => ({
  path: [workspaceId, 'topics'],
  schema: topicSchema,
  subject: `topic creation (${topic.name})`,
  workspaceId,
  body: topic,
  noRetry: true,
  clean: cleanTopic,
});

/** `GET /auth/permissions/query`. If the token lacks the permission, the response is `false`. */
export const queryPermission = (query: Record<string, string>): PortalRequest<boolean> => ({
  path: ['auth', 'permissions', 'query'],
  schema: permissionSchema,
  subject: 'a permission check',
  query,
});

/** Removes secrets from the last error of a topic, which messages show. */
function cleanTopic(topic: TopicResponse, secrets: readonly string[]): TopicResponse {
  const { lastError } = topic;
  return { ...topic, lastError: lastError && cleanText(lastError, secrets) };
}
