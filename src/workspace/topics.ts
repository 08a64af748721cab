import { sleep } from '../abort.ts';
import { QuixError } from '../errors.ts';
import {
  createTopic,
  getTopic,
  getTopics,
  getWorkspaces,
  type PortalCall,
  type PortalSession,
  type TopicResponse,
} from '../portal/index.ts';
import { workspaceOfTopic } from './choose-workspace.ts';
import { closestName } from './closest-name.ts';
import { toTopic, type QuixTopic, type QuixTopicConfiguration } from './topic.ts';
import type { WorkspaceAccess } from './workspace-access.ts';

/**
 * Time limit for a topic to become ready, as in the official client. The platform needs 10 to 15 s.
 */
export const TOPIC_TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 1_000;

/** What to do when a topic does not exist. */
export interface MissingTopicOptions {
  readonly create: boolean;
  readonly configuration?: QuixTopicConfiguration | undefined;
}

/** Finds topics of one workspace, and creates those that are missing. */
export class Topics {
  readonly #session: PortalSession;
  readonly #workspace: WorkspaceAccess;
  /** Shared by concurrent calls for the same topic with the same options. */
  readonly #pending = new Map<string, Promise<QuixTopic>>();

  constructor(session: PortalSession, workspace: WorkspaceAccess) {
    this.#session = session;
    this.#workspace = workspace;
  }

  /** Lists all topics. */
  async list(): Promise<QuixTopic[]> {
    using call = this.#session.openCall();
    const { value } = await this.#workspace.send(call, getTopics);
    call.acceptToken();
    return value.map(toTopic);
  }

  /** Returns the topic with a name or id when it is ready. */
  get(nameOrId: string, missing: MissingTopicOptions): Promise<QuixTopic> {
    const key = JSON.stringify([nameOrId, missing]);
    const pending = this.#pending.get(key);
    if (pending) return pending;
    const topic = this.#getReady(nameOrId, missing).finally(() => this.#pending.delete(key));
    this.#pending.set(key, topic);
    return topic;
  }

  async #getReady(nameOrId: string, missing: MissingTopicOptions): Promise<QuixTopic> {
    const endsAt = performance.now() + TOPIC_TIMEOUT_MS;
    const found = await this.#findOrCreate(nameOrId, missing);
    assertUsable(found);
    return found.status === 'Creating'
      ? await this.#waitUntilReady(found.name, endsAt)
      : toTopic(found);
  }

  async #findOrCreate(nameOrId: string, missing: MissingTopicOptions): Promise<TopicResponse> {
    using call = this.#session.openCall();
    const topic =
      (await this.#findByName(call, nameOrId)) ?? (await this.#findInList(call, nameOrId, missing));
    call.acceptToken();
    return topic;
  }

  async #findByName(call: PortalCall, nameOrId: string): Promise<TopicResponse | undefined> {
    try {
      const { workspaceId, value } = await this.#workspace.send(
        call,
        (id) => getTopic(id, withoutPrefix(nameOrId, id)),
        nameOrId,
      );
      const hasPrefix = withoutPrefix(nameOrId, workspaceId) !== nameOrId;
      // A text with the prefix is an id, unless a topic has such a name.
      return hasPrefix && value.id !== nameOrId ? undefined : value;
    } catch (error) {
      if (error instanceof QuixError && error.code === 'QUIX_TOPIC_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async #findInList(
    call: PortalCall,
    nameOrId: string,
    { create, configuration }: MissingTopicOptions,
  ): Promise<TopicResponse> {
    const { workspaceId, value: topics } = await this.#workspace.send(call, getTopics, nameOrId);
    const listed = topics.find(({ id, name }) => id === nameOrId || name === nameOrId);
    if (listed) return listed;
    await assertNotOfOtherWorkspace(call, nameOrId, workspaceId);
    if (!create) throw notFoundError(nameOrId, workspaceId, topics);
    const name = withoutPrefix(nameOrId, workspaceId);
    return await this.#create(call, { name, ...(configuration && { configuration }) });
  }

  /** Another process may have created the topic a moment before. It is then used. */
  async #create(
    call: PortalCall,
    topic: { readonly name: string; readonly configuration?: QuixTopicConfiguration },
  ): Promise<TopicResponse> {
    try {
      const { value } = await this.#workspace.send(call, (id) => createTopic(id, topic));
      return value;
    } catch (error) {
      if (!(error instanceof QuixError)) throw error;
      // After 401 and 403 the topic was not created. After anything else, even a lost connection,
      // it may exist.
      if (error.status === 401 || error.status === 403) throw error;
      const existing = await this.#findSimilar(call, topic.name);
      if (existing) return existing;
      throw new QuixError(
        error.retryable ? error.code : 'QUIX_TOPIC_FAILED',
        `The topic ${topic.name} could not be created. ${error.summary}`,
        {
          retryable: error.retryable,
          status: error.status,
          correlationId: error.correlationId,
          retryAfterMs: error.retryAfterMs,
          hint: 'Create the topic in Quix, or check its name and configuration.',
        },
      );
    }
  }

  /** The platform treats names that differ in case only as one name. */
  async #findSimilar(call: PortalCall, name: string): Promise<TopicResponse | undefined> {
    try {
      const { value: topics } = await this.#workspace.send(call, getTopics);
      return (
        topics.find((topic) => topic.name === name) ??
        topics.find((topic) => topic.name.toLowerCase() === name.toLowerCase())
      );
    } catch {
      return undefined; // the error of the creation says more
    }
  }

  async #waitUntilReady(name: string, endsAt: number): Promise<QuixTopic> {
    // The last request may take as long as any other.
    const timeoutMs = endsAt - performance.now() + TOPIC_TIMEOUT_MS / 2;
    using call = this.#session.openCall({ timeoutMs });
    while (performance.now() < endsAt) {
      await sleep(POLL_INTERVAL_MS, call.deadline.signal);
      const { value } = await this.#workspace.send(call, (id) => getTopic(id, name));
      assertUsable(value);
      if (value.status === 'Creating') continue;
      call.acceptToken();
      return toTopic(value);
    }
    throw new QuixError(
      'QUIX_TOPIC_TIMEOUT',
      `The topic ${name} was not ready within ${TOPIC_TIMEOUT_MS} ms.`,
      { retryable: true, hint: 'Call getTopic() again, or look at the topic in Quix.' },
    );
  }
}

function withoutPrefix(nameOrId: string, workspaceId: string): string {
  const prefix = `${workspaceId}-`;
  return nameOrId.startsWith(prefix) ? nameOrId.slice(prefix.length) : nameOrId;
}

/** The id of a topic in another workspace must not become the name of a new topic. */
async function assertNotOfOtherWorkspace(
  call: PortalCall,
  nameOrId: string,
  workspaceId: string,
): Promise<void> {
  if (!nameOrId.includes('-') || nameOrId.startsWith(`${workspaceId}-`)) return;
  const visible = await call.send({ ...getWorkspaces(), noRetry: true }).catch(() => []);
  const other = workspaceOfTopic(visible, nameOrId);
  if (!other || other.workspaceId === workspaceId) return;
  throw new QuixError(
    'QUIX_TOPIC_NOT_FOUND',
    `The topic ${nameOrId} has the prefix of workspace ${other.workspaceId}, but this client uses ${workspaceId}. No topic was created.`,
    { hint: 'Create a second client for the other workspace, with the option workspaceId.' },
  );
}

function assertUsable({ name, status, lastError }: TopicResponse): void {
  if (status !== 'Error' && status !== 'Deleting') return;
  const details = lastError ? `: ${lastError.replace(/\.$/, '')}` : '';
  const reason = status === 'Deleting' ? 'is being deleted' : `is in an error state${details}`;
  throw new QuixError('QUIX_TOPIC_FAILED', `The topic ${name} ${reason}.`, {
    hint: 'Look at the topic in Quix.',
  });
}

function notFoundError(
  nameOrId: string,
  workspaceId: string,
  topics: readonly TopicResponse[],
): QuixError {
  const names = topics.flatMap(({ id, name }) => [name, id]);
  const closest = closestName(nameOrId, names);
  const suggestion = closest === undefined ? '' : `Did you mean ${closest}? `;
  return new QuixError(
    'QUIX_TOPIC_NOT_FOUND',
    `The topic ${nameOrId} does not exist in workspace ${workspaceId}.`,
    { status: 404, hint: `${suggestion}Create the topic in Quix, or set autoCreateTopics.` },
  );
}
