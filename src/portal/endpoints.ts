import * as v from 'valibot';
import { cleanText, containsSecret } from '../token/index.ts';

/** A request of the Portal API and its expected response. With a body, the method is POST. */
export interface PortalRequest<T> {
  /** Path segments below the base URL, not encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  readonly schema: v.GenericSchema<unknown, T>;
  /** The requested data in words, such as "the list of workspaces". */
  readonly subject: string;
  readonly workspaceId?: string | undefined;
  /** The requested topic. A 404 means that it does not exist, unless the body is a web page. */
  readonly topic?: string | undefined;
  /** Removes secrets from the value of the response. */
  readonly clean?: (value: T, secrets: readonly string[]) => T;
  /** Whether a failed attempt must not be repeated with the same token. Default `false`. */
  readonly noRetry?: boolean;
}

/** Characters that are safe in messages and in the path of a URL. */
const WORKSPACE_ID = /^(?!\.{1,2}$)[\w.-]{1,128}$/;
/** Characters and length that Kafka allows in topic names. */
export const KAFKA_TOPIC_NAME = /^[\w.-]{1,249}$/;

const text = v.pipe(v.string(), v.nonEmpty());
const optionalText = v.nullish(v.string());
const optionalNumber = v.nullish(v.number());

/** A workspace in responses of the Portal. Other fields are ignored. */
const workspaceSchema = v.object({
  workspaceId: v.pipe(v.string(), v.regex(WORKSPACE_ID)),
  name: optionalText,
  status: optionalText,
  // Absent in version 1 of the Portal API.
  brokerType: optionalText,
});

const brokerSettingsSchema = v.object({
  'bootstrap.servers': text,
  'security.protocol': text,
  'sasl.mechanism': optionalText,
  'sasl.mechanisms': optionalText,
  'sasl.username': optionalText,
  'sasl.password': optionalText,
  'ssl.ca.cert': optionalText,
  'client.id': optionalText,
});

/** A topic in responses of the Portal. Its `id` is its name in Kafka. */
const topicSchema = v.object({
  id: v.pipe(v.string(), v.regex(KAFKA_TOPIC_NAME)),
  name: text,
  status: optionalText,
  external: v.nullish(v.boolean()),
  lastError: optionalText,
  configuration: v.nullish(
    v.object({
      partitions: optionalNumber,
      replicationFactor: optionalNumber,
      retentionInMinutes: optionalNumber,
      retentionInBytes: optionalNumber,
      cleanupPolicy: optionalText,
    }),
  ),
});

export type WorkspaceResponse = v.InferOutput<typeof workspaceSchema>;
export type TopicResponse = v.InferOutput<typeof topicSchema>;
export type BrokerSettingsResponse = v.InferOutput<typeof brokerSettingsSchema>;

/** Removes secrets from the last error of a topic, because messages show it. */
function cleanTopic(topic: TopicResponse, secrets: readonly string[]): TopicResponse {
  const { lastError } = topic;
  return { ...topic, lastError: lastError && cleanText(lastError, secrets) };
}

/** `GET /workspaces`: the workspaces that the token has access to. */
export const getWorkspaces = (): PortalRequest<WorkspaceResponse[]> => ({
  path: ['workspaces'],
  schema: v.array(workspaceSchema),
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

/** `GET /workspaces/{workspaceId}/broker/librdkafka`: a flat object of strings. */
export const getBrokerSettings = (workspaceId: string): PortalRequest<BrokerSettingsResponse> => ({
  path: ['workspaces', workspaceId, 'broker', 'librdkafka'],
  schema: brokerSettingsSchema,
  subject: `the broker settings of workspace ${workspaceId}`,
  workspaceId,
});

/** `GET /{workspaceId}/topics` */
export const getTopics = (workspaceId: string): PortalRequest<TopicResponse[]> => ({
  path: [workspaceId, 'topics'],
  schema: v.array(topicSchema),
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

/** `POST /{workspaceId}/topics`. Not retried, because it may create the topic and still fail. */
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
  schema: v.boolean(),
  subject: 'a permission check',
  query,
});
