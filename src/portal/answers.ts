import * as v from 'valibot';

/** Ids are repeated in messages, and are part of a path. */
const ID = /^(?!\.{1,2}$)[\w.-]{1,128}$/;

/** A member of `GET /workspaces`, and `GET /workspaces/{workspaceId}`; what else it holds is ignored. */
export const workspaceSchema = v.object({
  workspaceId: v.pipe(v.string(), v.regex(ID)),
  name: v.nullish(v.string()),
  status: v.nullish(v.string()),
  // Absent in version 1; any text may come.
  brokerType: v.nullish(v.string()),
});

export const workspacesSchema = v.array(workspaceSchema);

const text = v.nullish(v.string());

/** `GET /workspaces/{workspaceId}/broker/librdkafka`: flat, text to text. */
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

/** What Kafka allows as the name of a topic. */
const KAFKA_TOPIC = /^[\w.-]{1,249}$/;

const count = v.nullish(v.number());

/** A topic, in each answer that has one. Its `id` is the name in Kafka. */
export const topicSchema = v.object({
  id: v.pipe(v.string(), v.regex(KAFKA_TOPIC)),
  name: v.pipe(v.string(), v.nonEmpty()),
  status: v.nullish(v.string()),
  external: v.nullish(v.boolean()),
  lastError: v.nullish(v.string()),
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

/** What valibot's rules ask for, in words. */
const RULES: Readonly<Record<string, string>> = { non_empty: 'non-empty text', regex: 'plain id' };

export type WorkspaceAnswer = v.InferOutput<typeof workspaceSchema>;
export type TopicAnswer = v.InferOutput<typeof topicSchema>;
export type BrokerSettingsAnswer = v.InferOutput<typeof brokerSettingsSchema>;

/**
 * Checks a body, or says what is wrong: the field and what it should be. Never the value, which
 * valibot's own messages quote.
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
