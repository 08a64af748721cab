import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import type { Call } from './answer-request.ts';
import { jsonAnswer, PortalProblem } from './answers.ts';
import type { PortalTopic, PortalTopicConfiguration } from './portal-topic.ts';
import { requireWorkspace } from './workspace-endpoints.ts';

const POLICIES = new Map<string, PortalTopicConfiguration['cleanupPolicy']>([
  ['delete', 'Delete'],
  ['compact', 'Compact'],
  ['deleteandcompact', 'DeleteAndCompact'],
]);

const whole = v.nullish(v.pipe(v.number(), v.integer()));

/** The body of a creation. What is null or absent in it is the server's to choose. */
const newTopicSchema = v.object({
  name: v.pipe(v.string(), v.regex(/^[\w.-]{1,205}$/)),
  configuration: v.nullish(
    v.object({
      partitions: whole,
      replicationFactor: whole,
      retentionInMinutes: whole,
      retentionInBytes: whole,
      // The official Python client writes it in lower case, answers have it in capitals.
      cleanupPolicy: v.nullish(
        v.pipe(
          v.string(),
          v.transform((policy) => POLICIES.get(policy.toLowerCase())),
          v.picklist([...POLICIES.values()]),
        ),
      ),
    }),
  ),
});

type NewTopic = v.InferOutput<typeof newTopicSchema>;

/** `GET /{workspaceId}/topics` */
export function listTopics(call: Call): Response {
  return jsonAnswer([...requireWorkspace(call).topics.values()]);
}

/** `GET /{workspaceId}/topics/{name}` */
export function getTopic(call: Call): Response {
  const { name = '' } = call.params;
  const topic = requireWorkspace(call).topics.get(name);
  if (!topic) throw new PortalProblem(404, `Topic '${name}' was not found.`);
  return jsonAnswer(topic);
}

/** `POST /{workspaceId}/topics` */
export async function createTopic(call: Call): Promise<Response> {
  const workspace = requireWorkspace(call, 'Create');
  const { name, configuration } = await readNewTopic(call.request);
  const isSimilar = (other: string): boolean => other.toLowerCase() === name.toLowerCase();
  if ([...workspace.topics.keys()].some(isSimilar))
    throw new PortalProblem(400, `Topic with name similar to '${name}' already exists.`);
  const topic = workspace.addTopic({ name, configuration: withoutNulls(configuration ?? {}) });
  makeReady(topic, call.state.topicCreationMs);
  return jsonAnswer(topic);
}

async function readNewTopic(request: Request): Promise<NewTopic> {
  const contentType = request.headers.get('content-type') ?? '';
  if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(contentType))
    throw new PortalProblem(415, 'The request has no body of the content type application/json.');
  let body: unknown;
  try {
    body = await request.json();
  } catch {
    throw new PortalProblem(400, 'The request body is not JSON.');
  }
  const result = v.safeParse(newTopicSchema, body);
  if (result.success) return result.output;
  const field = v.getDotPath(result.issues[0]) ?? 'request body';
  throw new PortalProblem(400, `The ${field} is not valid.`);
}

function withoutNulls<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== null && value !== undefined),
  ) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** At once, or later without keeping the process alive. A status set meanwhile stays. */
function makeReady(topic: PortalTopic, afterMs: number): void {
  if (afterMs <= 0) return;
  topic.status = 'Creating';
  void delay(afterMs, undefined, { ref: false }).then(() => {
    if (topic.status === 'Creating') topic.status = 'Ready';
  });
}
