import * as v from 'valibot';

/** Characters that are safe in messages and in the path of a URL. */
const WORKSPACE_ID = /^(?!\.{1,2}$)[\w.-]{1,128}$/;

/** Characters and length that Kafka allows in topic names. */
export const KAFKA_TOPIC_NAME = /^[\w.-]{1,249}$/;

const optionalText = v.nullish(v.string());
const optionalNumber = v.nullish(v.number());

/**
 * An entry of `GET /workspaces`, and the body of `GET /workspaces/{workspaceId}`. Other fields are
 * ignored.
 */
export const workspaceSchema = v.object({
  workspaceId: v.pipe(v.string(), v.regex(WORKSPACE_ID)),
  name: optionalText,
  status: optionalText,
  // Absent in version 1 of the API.
  brokerType: optionalText,
});

export const workspacesSchema = v.array(workspaceSchema);

/** `GET /workspaces/{workspaceId}/broker/librdkafka`: a flat object of strings. */
export const brokerSettingsSchema = v.object({
  'bootstrap.servers': v.pipe(v.string(), v.nonEmpty()),
  'security.protocol': v.pipe(v.string(), v.nonEmpty()),
  'sasl.mechanism': optionalText,
  'sasl.mechanisms': optionalText,
  'sasl.username': optionalText,
  'sasl.password': optionalText,
  'ssl.ca.cert': optionalText,
  'client.id': optionalText,
});

/** A topic in any response. Its `id` is its name in Kafka. */
export const topicSchema = v.object({
  id: v.pipe(v.string(), v.regex(KAFKA_TOPIC_NAME)),
  name: v.pipe(v.string(), v.nonEmpty()),
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

export const topicsSchema = v.array(topicSchema);

/** `GET /auth/permissions/query` */
export const permissionSchema = v.boolean();

export type WorkspaceResponse = v.InferOutput<typeof workspaceSchema>;
export type TopicResponse = v.InferOutput<typeof topicSchema>;
export type BrokerSettingsResponse = v.InferOutput<typeof brokerSettingsSchema>;

/** Descriptions of the checks `nonEmpty()` and `regex()` for messages. */
const CHECKS_IN_WORDS: Readonly<Record<string, string>> = {
  non_empty: 'non-empty text',
  regex: 'plain id',
};

/**
 * Checks a body against a schema. Returns the value, or the problem in words. The problem names the
 * field and its expected type. valibot's own messages are not used, because they contain the value.
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
  const expected =
    issue.kind === 'schema' ? issue.type : (CHECKS_IN_WORDS[issue.type] ?? 'usable text');
  return { problem: `${where} is not ${/^[aeiou]/.test(expected) ? 'an' : 'a'} ${expected}` };
}
