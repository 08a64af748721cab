import * as v from 'valibot';

/** Ids of workspaces are shown in messages and are part of a path. */
const WORKSPACE_ID = /^(?!\.{1,2}$)[\w.-]{1,128}$/;

/** Names that Kafka allows for topics. */
export const KAFKA_TOPIC_NAME = /^[\w.-]{1,249}$/;

const text = v.nullish(v.string());
const count = v.nullish(v.number());

/**
 * An entry of `GET /workspaces`, and the body of `GET /workspaces/{workspaceId}`. Other fields are
 * ignored.
 */
export const workspaceSchema = v.object({
  workspaceId: v.pipe(v.string(), v.regex(WORKSPACE_ID)),
  name: text,
  status: text,
  // Absent in version 1 of the API.
  brokerType: text,
});

export const workspacesSchema = v.array(workspaceSchema);

/** `GET /workspaces/{workspaceId}/broker/librdkafka`: a flat object of strings. */
export const brokerSettingsSchema = v.object({
  'bootstrap.servers': v.pipe(v.string(), v.nonEmpty()),
  'security.protocol': v.pipe(v.string(), v.nonEmpty()),
  'sasl.mechanism': text,
  'sasl.mechanisms': text,
  'sasl.username': text,
  'sasl.password': text,
  'ssl.ca.cert': text,
  'client.id': text,
});

/** A topic in any response. Its `id` is its name in Kafka. */
export const topicSchema = v.object({
  id: v.pipe(v.string(), v.regex(KAFKA_TOPIC_NAME)),
  name: v.pipe(v.string(), v.nonEmpty()),
  status: text,
  external: v.nullish(v.boolean()),
  lastError: text,
  configuration: v.nullish(
    v.object({
      partitions: count,
      replicationFactor: count,
      retentionInMinutes: count,
      retentionInBytes: count,
      cleanupPolicy: text,
    }),
  ),
});

export const topicsSchema = v.array(topicSchema);

/** `GET /auth/permissions/query` */
export const permissionSchema = v.boolean();

export type WorkspaceResponse = v.InferOutput<typeof workspaceSchema>;
export type TopicResponse = v.InferOutput<typeof topicSchema>;
export type BrokerSettingsResponse = v.InferOutput<typeof brokerSettingsSchema>;

/** What the rules of the schemas require, in words. */
const RULES: Readonly<Record<string, string>> = { non_empty: 'non-empty text', regex: 'plain id' };

/**
 * Checks a body against a schema. The problem names the field and what it should be, never the
 * value, which valibot's own messages contain.
 */
export function checkShape<S extends v.GenericSchema>(
  schema: S,
  body: unknown,
): { value: v.InferOutput<S> } | { problem: string } {
  const result = v.safeParse(schema, body, { abortEarly: true });
  if (result.success) return { value: result.output };
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? undefined;
  const where = path === undefined ? 'the body' : `its field "${path}"`;
  if (path !== undefined && issue.input === undefined) return { problem: `${where} is missing` };
  const expected = issue.kind === 'schema' ? issue.type : (RULES[issue.type] ?? 'usable text');
  return { problem: `${where} is not ${/^[aeiou]/.test(expected) ? 'an' : 'a'} ${expected}` };
}
