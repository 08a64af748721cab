import * as v from 'valibot';
import { ownProperties } from '../own-properties.ts';
import { containsToken, type Redactor } from '../token/index.ts';

/** A request of the Portal API and its expected response. With a body, the method is POST. */
export interface PortalRequest<T> {
  /** Path segments below the base URL, not encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  /**
   * Creates the schema of the response. Except in broker settings, the schema rejects or removes
   * texts that contain a secret, a token or unprintable characters.
   */
  readonly schema: (redactor: Redactor) => v.GenericSchema<unknown, T>;
  /** Name of a list, for warnings. List entries with a wrong shape are skipped with a warning. */
  readonly list?: string;
  /** The requested data in words, such as "the list of workspaces". */
  readonly subject: string;
  readonly workspaceId?: string | undefined;
  /** The requested topic. A 404 means that it does not exist, unless the body is a web page. */
  readonly topic?: string | undefined;
  /** Whether a failed attempt must not be repeated with the same token. Default `false`. */
  readonly noRetry?: boolean;
}

/** Characters that are safe in messages and in the path of a URL. */
const WORKSPACE_ID = /^(?!\.{1,2}$)[\w.-]{1,128}$/;
/** Characters and length that Kafka allows in topic names. */
export const KAFKA_TOPIC_NAME = /^[\w.-]{1,249}$/;

/** Status, broker type, or another value of an enumeration. */
const WORD = /^[A-Za-z]\w{0,29}$/;
/** Name of a topic or workspace in Quix. */
const PRINTABLE_NAME = /^[^\p{C}\p{Zl}\p{Zp}]{1,249}$/u;

/** Removes prototypes, because Valibot also reads properties of a changed `Object.prototype`. */
const withoutPrototype = <T extends object>(schema: v.GenericSchema<unknown, T>) =>
  v.pipe(
    v.unknown(),
    v.transform((value) => (typeof value === 'object' && value ? ownProperties(value) : value)),
    schema,
    v.transform((value) => ownProperties(value)),
  );
const object = <Entries extends v.ObjectEntries>(entries: Entries) =>
  withoutPrototype(v.object(ownProperties(entries)));
const looseObject = <Entries extends v.ObjectEntries>(entries: Entries) =>
  withoutPrototype(v.looseObject(ownProperties(entries)));

const text = v.pipe(v.string(), v.nonEmpty());
const optionalText = v.nullish(v.string());

/** Text that matches a pattern and does not contain a secret, or the token of another client. */
const matching = (pattern: RegExp, redactor: Redactor) =>
  v.pipe(
    v.string(),
    v.regex(pattern),
    v.check((value) => !redactor.containsSecret(value) && !containsToken(value)),
  );

/** Optional field. An unusable value becomes `null`, so that the other fields can be used. */
const optional = <T>(schema: v.GenericSchema<unknown, T>) =>
  v.nullish(v.fallback(v.nullable(schema), null));
const optionalNumber = optional(v.number());
const optionalWord = (redactor: Redactor) => optional(matching(WORD, redactor));
/** Optional status. An unusable status becomes `Unknown`, which causes a warning, unlike `null`. */
const optionalStatus = (redactor: Redactor) =>
  v.nullish(v.fallback(matching(WORD, redactor), 'Unknown'));

/** A workspace in responses of the Portal. Other fields are ignored. */
const workspaceSchema = (redactor: Redactor) =>
  object({
    workspaceId: matching(WORKSPACE_ID, redactor),
    name: optional(matching(PRINTABLE_NAME, redactor)),
    status: optionalStatus(redactor),
    // Absent in version 1 of the Portal API.
    brokerType: optionalWord(redactor),
  });

// The Portal may send any property of librdkafka.
const brokerSettingsSchema = looseObject({
  'bootstrap.servers': text,
  'security.protocol': text,
  'sasl.mechanism': optionalText,
  'sasl.mechanisms': optionalText,
  'sasl.username': optionalText,
  'sasl.password': optionalText,
  'ssl.ca.cert': optionalText,
  'ssl.ca.pem': optionalText,
  'client.id': optionalText,
});

/**
 * A topic in responses of the Portal. Its `id` is its name in Kafka. In the response to a request
 * for one topic, `requestedName` replaces an unusable name.
 */
const topicSchema = (redactor: Redactor, requestedName?: string) => {
  const name = matching(PRINTABLE_NAME, redactor);
  const clean = v.transform((value: string) => redactor.cleanText(value));
  return object({
    id: matching(KAFKA_TOPIC_NAME, redactor),
    name: requestedName === undefined ? name : v.fallback(name, requestedName),
    status: optionalStatus(redactor),
    external: optional(v.boolean()),
    lastError: optional(v.pipe(v.string(), clean)),
    configuration: optional(
      object({
        partitions: optionalNumber,
        replicationFactor: optionalNumber,
        retentionInMinutes: optionalNumber,
        retentionInBytes: optionalNumber,
        cleanupPolicy: optionalWord(redactor),
      }),
    ),
  });
};

export type WorkspaceResponse = v.InferOutput<ReturnType<typeof workspaceSchema>>;
export type TopicResponse = v.InferOutput<ReturnType<typeof topicSchema>>;
export type BrokerSettingsResponse = v.InferOutput<typeof brokerSettingsSchema>;

/** `GET /workspaces`: the workspaces that the token has access to. */
export const getWorkspaces = (): PortalRequest<WorkspaceResponse[]> => ({
  path: ['workspaces'],
  schema: (redactor) => v.array(workspaceSchema(redactor)),
  list: 'workspaces',
  subject: 'the list of workspaces',
});

/** `GET /workspaces/{workspaceId}` */
export const getWorkspace = (workspaceId: string): PortalRequest<WorkspaceResponse> => ({
  path: ['workspaces', workspaceId],
  schema: workspaceSchema,
  subject: `workspace ${workspaceId}`,
  workspaceId,
});

/** `GET /workspaces/{workspaceId}/broker/librdkafka`: a flat object of librdkafka properties. */
export const getBrokerSettings = (workspaceId: string): PortalRequest<BrokerSettingsResponse> => ({
  path: ['workspaces', workspaceId, 'broker', 'librdkafka'],
  schema: () => brokerSettingsSchema,
  subject: `the broker settings of workspace ${workspaceId}`,
  workspaceId,
});

/** `GET /{workspaceId}/topics` */
export const getTopics = (workspaceId: string): PortalRequest<TopicResponse[]> => ({
  path: [workspaceId, 'topics'],
  schema: (redactor) => v.array(topicSchema(redactor)),
  list: 'topics',
  subject: `the topics of workspace ${workspaceId}`,
  workspaceId,
});

/** `GET /{workspaceId}/topics/{name}` */
export const getTopic = (workspaceId: string, name: string): PortalRequest<TopicResponse> => ({
  path: [workspaceId, 'topics', name],
  schema: (redactor) => topicSchema(redactor, name),
  subject: `topic ${name}`,
  workspaceId,
  topic: name,
});

/** `POST /{workspaceId}/topics`. Not retried, because it may create the topic and still fail. */
export const createTopic = (
  workspaceId: string,
  topic: { readonly name: string; readonly configuration?: object | undefined },
): PortalRequest<TopicResponse> => ({
  path: [workspaceId, 'topics'],
  schema: (redactor) => topicSchema(redactor, topic.name),
  subject: `topic creation (${topic.name})`,
  workspaceId,
  body: topic,
  noRetry: true,
});

/** `GET /auth/permissions/query`. If the token lacks the permission, the response is `false`. */
export const queryPermission = (query: Record<string, string>): PortalRequest<boolean> => ({
  path: ['auth', 'permissions', 'query'],
  schema: () => v.boolean(),
  subject: 'a permission check',
  query,
});
