import { sleep } from '../abort.ts';
import { QuixError } from '../errors.ts';
import type { Inquiry, Portal, TopicAnswer } from '../portal/index.ts';
import { workspaceOfTopic } from './choose-workspace.ts';
import { nearMiss } from './near-miss.ts';
import type { WorkspaceQuestion } from './portal-session.ts';
import { toTopic, type QuixTopic, type QuixTopicConfiguration } from './topic.ts';

/** A new topic takes the platform 10 to 15 s; the official client waits as long as this. */
export const TOPIC_TIMEOUT_MS = 60_000;
const POLL_MS = 1_000;

/** Who puts a question to the Portal, with a token and the workspace of the client. */
export type AskInWorkspace = <T>(
  question: WorkspaceQuestion<T>,
  options: { readonly topic?: string; readonly timeoutMs?: number },
) => Promise<T>;

/** What to do about a topic that does not exist. */
export interface TopicRequest {
  readonly create: boolean;
  readonly configuration?: QuixTopicConfiguration | undefined;
}

/** Finds topics, and creates those that are missing. One question at a time for each name. */
export class Topics {
  readonly #ask: AskInWorkspace;
  readonly #pending = new Map<string, Promise<QuixTopic>>();

  constructor(ask: AskInWorkspace) {
    this.#ask = ask;
  }

  /** All topics of the workspace. */
  async list(): Promise<QuixTopic[]> {
    return await this.#ask(
      async (portal, inquiry, workspaceId) =>
        (await portal.listTopics(workspaceId, inquiry)).map(toTopic),
      {},
    );
  }

  /** The topic of that name or id, once it is ready. Who asks for the same shares the answer. */
  get(nameOrId: string, request: TopicRequest): Promise<QuixTopic> {
    const pending = this.#pending.get(nameOrId);
    if (pending) return pending;
    const started = performance.now();
    const topic = this.#find(nameOrId, request)
      .then((found) => this.#untilReady(found, started))
      .finally(() => this.#pending.delete(nameOrId));
    this.#pending.set(nameOrId, topic);
    return topic;
  }

  async #find(nameOrId: string, request: TopicRequest): Promise<TopicAnswer> {
    return await this.#ask(
      async (portal, inquiry, workspaceId) => {
        const prefix = `${workspaceId}-`;
        const name = nameOrId.startsWith(prefix) ? nameOrId.slice(prefix.length) : nameOrId;
        const found = await portal.getTopic(workspaceId, name, inquiry).catch(unlessNotFound);
        // What begins with the prefix is an id, unless a name happens to.
        if (found && (name === nameOrId || found.id === nameOrId)) return found;
        const all = await portal.listTopics(workspaceId, inquiry);
        const listed = all.find(({ id, name: each }) => id === nameOrId || each === nameOrId);
        if (listed) return listed;
        await assertOfThisWorkspace(nameOrId, workspaceId, portal, inquiry);
        if (request.create) {
          return await createTopic({ name, ...request }, workspaceId, portal, inquiry);
        }
        throw notFound(nameOrId, workspaceId, all);
      },
      { topic: nameOrId },
    );
  }

  /** One poll, however many wait for this topic. */
  async #untilReady(found: TopicAnswer, started: number): Promise<QuixTopic> {
    assertHealthy(found);
    if (found.status !== 'Creating') return toTopic(found);
    const { name } = found;
    const leftMs = started + TOPIC_TIMEOUT_MS - performance.now();
    return await this.#ask(
      async (portal, inquiry, workspaceId) => {
        while (performance.now() < started + TOPIC_TIMEOUT_MS) {
          await sleep(POLL_MS, inquiry.deadline.signal);
          const topic = await portal.getTopic(workspaceId, name, inquiry);
          assertHealthy(topic);
          if (topic.status !== 'Creating') return toTopic(topic);
        }
        throw notReady(name);
      },
      // The last request may take as long as any other.
      { timeoutMs: leftMs + TOPIC_TIMEOUT_MS / 2 },
    );
  }
}

function unlessNotFound(error: unknown): undefined {
  if (error instanceof QuixError && error.code === 'QUIX_TOPIC_NOT_FOUND') return undefined;
  throw error;
}

/** Another one, or this process a moment ago, may have created it: then it is there all the same. */
async function createTopic(
  topic: { readonly name: string; readonly configuration?: QuixTopicConfiguration | undefined },
  workspaceId: string,
  portal: Portal,
  inquiry: Inquiry,
): Promise<TopicAnswer> {
  const { name, configuration } = topic;
  try {
    return await portal.createTopic(
      workspaceId,
      { name, ...(configuration && { configuration }) },
      inquiry,
    );
  } catch (error) {
    if (!(error instanceof QuixError)) throw error;
    // 401 and 403 are answers. After anything else, a lost connection too, it may exist.
    if (error.status === 401 || error.status === 403) throw error;
    const existing = await findSimilar(name, workspaceId, portal, inquiry).catch(() => undefined);
    if (existing) return existing;
    throw new QuixError(
      error.retryable ? error.code : 'QUIX_TOPIC_FAILED',
      `The topic ${name} could not be created in workspace ${workspaceId}. ${error.summary}`,
      {
        retryable: error.retryable,
        status: error.status,
        correlationId: error.correlationId,
        retryAfterMs: error.retryAfterMs,
        hint: 'Create it in Quix, or check its name and configuration.',
      },
    );
  }
}

/** "A topic with a similar name exists": names that differ in case alone are one to the platform. */
async function findSimilar(
  name: string,
  workspaceId: string,
  portal: Portal,
  inquiry: Inquiry,
): Promise<TopicAnswer | undefined> {
  const all = await portal.listTopics(workspaceId, inquiry);
  return (
    all.find((topic) => topic.name === name) ??
    all.find((topic) => topic.name.toLowerCase() === name.toLowerCase())
  );
}

/** An id of another workspace is no name for a new topic of this one. */
async function assertOfThisWorkspace(
  nameOrId: string,
  workspaceId: string,
  portal: Portal,
  inquiry: Inquiry,
): Promise<void> {
  if (!nameOrId.includes('-') || nameOrId.startsWith(`${workspaceId}-`)) return;
  const visible = await portal.listWorkspaces({ ...inquiry, once: true }).catch(() => []);
  const other = workspaceOfTopic(visible, nameOrId);
  if (!other || other.workspaceId === workspaceId) return;
  throw new QuixError(
    'QUIX_TOPIC_NOT_FOUND',
    `The topic ${nameOrId} has the prefix of workspace ${other.workspaceId}, but this client uses ${workspaceId}. Nothing was created.`,
    { hint: 'Make a client of its own for the other workspace, with the option workspaceId.' },
  );
}

function assertHealthy({ name, status, lastError }: TopicAnswer): void {
  if (status !== 'Error' && status !== 'Deleting') return;
  const reason =
    status === 'Deleting'
      ? 'it is being deleted'
      : `it is in an error state${lastError ? `: ${lastError.replace(/\.$/, '')}` : ''}`;
  throw new QuixError('QUIX_TOPIC_FAILED', `The topic ${name} cannot be used: ${reason}.`, {
    hint: 'See the topic in Quix.',
  });
}

function notReady(name: string): QuixError {
  return new QuixError(
    'QUIX_TOPIC_TIMEOUT',
    `The topic ${name} was not ready within ${TOPIC_TIMEOUT_MS} ms.`,
    { retryable: true, hint: 'It may become so: call getTopic() again, or see the topic in Quix.' },
  );
}

function notFound(nameOrId: string, workspaceId: string, all: readonly TopicAnswer[]): QuixError {
  const near = nearMiss(
    nameOrId,
    all.flatMap(({ id, name }) => [name, id]),
  );
  return new QuixError(
    'QUIX_TOPIC_NOT_FOUND',
    `There is no topic ${nameOrId} in workspace ${workspaceId}.`,
    {
      status: 404,
      hint:
        near === undefined
          ? 'Create it in Quix, or set autoCreateTopics.'
          : `Did you mean ${near}? Else create it in Quix, or set autoCreateTopics.`,
    },
  );
}
