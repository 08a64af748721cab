import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import type { PortalTopic, PortalTopicConfiguration } from '../portal-topic.ts';
import { EndpointError, jsonResponse } from '../responses.ts';
import { requireWorkspace, type EndpointCall } from './endpoint.ts';

const CLEANUP_POLICIES = new Map<string, PortalTopicConfiguration['cleanupPolicy']>([
  ['delete', 'Delete'],
  ['compact', 'Compact'],
  ['deleteandcompact', 'DeleteAndCompact'],
]);

const optionalInteger = v.nullish(v.pipe(v.number(), v.integer()));

/** Body of a request that creates a topic. Settings that are absent or null get their defaults. */
const newTopicSchema = v.object({
  name: v.pipe(v.string(), v.regex(/^[\w.-]{1,205}$/)),
  configuration: v.nullish(
    v.object({
      partitions: optionalInteger,
      replicationFactor: optionalInteger,
      retentionInMinutes: optionalInteger,
      retentionInBytes: optionalInteger,
      // The official Python client sends lower case. Responses have capital letters.
      cleanupPolicy: v.nullish(
        v.pipe(
          v.string(),
          v.transform((policy) => CLEANUP_POLICIES.get(policy.toLowerCase())),
          v.picklist([...CLEANUP_POLICIES.values()]),
        ),
      ),
    }),
  ),
});

type NewTopic = v.InferOutput<typeof newTopicSchema>;

/** Answers `GET /{workspaceId}/topics`. */
export function listTopics(call: EndpointCall): Response {
  return jsonResponse([...requireWorkspace(call).topics.values()]);
}

/** Answers `GET /{workspaceId}/topics/{name}`. */
export function getTopic(call: EndpointCall): Response {
  const { name = '' } = call.params;
  const topic = requireWorkspace(call).topics.get(name);
  if (!topic) throw new EndpointError(404, `Topic '${name}' was not found.`);
  return jsonResponse(topic);
}

/** Answers `POST /{workspaceId}/topics`. */
export function createTopic(call: EndpointCall): Response {
  const workspace = requireWorkspace(call, 'Create');
  const { name, configuration } = readNewTopic(call);
  // Quix ignores case when it compares topic names.
  const hasSameName = (other: string): boolean => other.toLowerCase() === name.toLowerCase();
  if ([...workspace.topics.keys()].some(hasSameName))
    throw new EndpointError(400, `Topic with name similar to '${name}' already exists.`);
  const topic = workspace.addTopic({ name, configuration: withoutNulls(configuration ?? {}) });
  simulateCreation(topic, call.state.topicCreationMs);
  return jsonResponse(topic);
}

function readNewTopic({ request, body }: EndpointCall): NewTopic {
  const contentType = request.headers.get('content-type') ?? '';
  if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(contentType))
    throw new EndpointError(415, 'The content type of the request is not application/json.');
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new EndpointError(400, 'The request body is not JSON.');
  }
  const result = v.safeParse(newTopicSchema, json);
  if (result.success) return result.output;
  const field = v.getDotPath(result.issues[0]) ?? 'request body';
  throw new EndpointError(400, `The ${field} is not valid.`);
}

function withoutNulls<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== null && value !== undefined),
  ) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** Gives a new topic the status `Creating` for a time. */
function simulateCreation(topic: PortalTopic, creationMs: number): void {
  if (creationMs <= 0) return;
  topic.status = 'Creating';
  void delay(creationMs, undefined, { ref: false }).then(() => {
    // A test may have set another status in the meantime.
    if (topic.status === 'Creating') topic.status = 'Ready';
  });
}
