import { MAX_TIMER_MS, sleep } from '../abort.ts';
import { QuixError } from '../errors.ts';
import {
  createTopic,
  getTopic,
  getTopics,
  type PortalCall,
  type PortalSession,
  type TopicResponse,
} from '../portal/index.ts';
import { closestName, workspaceOfTopic } from './choose-workspace.ts';
import type { WorkspaceAccess } from './workspace-access.ts';

/** Configuration of a topic. For a new topic, the Portal chooses the values that are absent. */
export interface QuixTopicConfiguration {
  /** Number of partitions. */
  readonly partitions?: number | undefined;
  /** Number of brokers that keep each partition. */
  readonly replicationFactor?: number | undefined;
  /** How long messages are kept, in minutes. -1 means forever. */
  readonly retentionInMinutes?: number | undefined;
  /** Size limit of each partition, in bytes. -1 means no limit. */
  readonly retentionInBytes?: number | undefined;
  /** `Delete`, `Compact` or `DeleteAndCompact`. */
  readonly cleanupPolicy?: string | undefined;
}

/** A topic of a Quix environment. */
export interface QuixTopic {
  /**
   * Name of the topic in Kafka. Pass it to Kafka clients. Do not build it from the workspace id and
   * the name, because ids of external topics do not have the prefix.
   */
  readonly id: string;
  /** Name of the topic in Quix. */
  readonly name: string;
  /** Portal status: `Ready`, `Creating`, `Updating`, … `Unknown` if absent or unusable. */
  readonly status: string;
  /** Whether the topic was created outside Quix. The id of such a topic does not have a prefix. */
  readonly external: boolean;
  /** Values that the Portal reports. Empty for a local broker. */
  readonly configuration: QuixTopicConfiguration;
}

const POLL_INTERVAL_MS = 1_000;
/** Additional time for a request that is sent shortly before the limit. */
const LAST_REQUEST_MS = 30_000;

/** Whether to create a topic that does not exist, and with which configuration. */
export interface CreateTopicOptions {
  readonly create: boolean;
  readonly configuration?: QuixTopicConfiguration | undefined;
}

/** Finds and creates topics of one workspace. */
export class Topics {
  readonly #session: PortalSession;
  readonly #workspace: WorkspaceAccess;
  readonly #timeoutMs: number;
  /** Shared by concurrent calls with the same argument and options. */
  readonly #pending = new Map<string, Promise<QuixTopic>>();

  /** `timeoutMs` limits how long a topic may take to become ready. */
  constructor(session: PortalSession, workspace: WorkspaceAccess, timeoutMs: number) {
    this.#session = session;
    this.#workspace = workspace;
    this.#timeoutMs = timeoutMs;
  }

  /** Finds or creates a topic by name or id. Resolves when it is no longer being created. */
  get(nameOrId: string, options: CreateTopicOptions): Promise<QuixTopic> {
    const key = JSON.stringify([nameOrId, options]);
    const pending = this.#pending.get(key);
    if (pending) return pending;
    const topic = this.#getReady(nameOrId, options).finally(() => this.#pending.delete(key));
    this.#pending.set(key, topic);
    return topic;
  }

  async #getReady(nameOrId: string, options: CreateTopicOptions): Promise<QuixTopic> {
    const startedAt = performance.now();
    const found = await this.#findOrCreate(nameOrId, options);
    assertTopicUsable(found);
    if (found.status !== 'Creating') return toTopic(found);
    return await this.#waitUntilReady(found.name, startedAt);
  }

  async #findOrCreate(nameOrId: string, options: CreateTopicOptions): Promise<TopicResponse> {
    using call = this.#session.openCall();
    const topic =
      (await this.#findByName(call, nameOrId)) ??
      (await this.#findInListOrCreate(call, nameOrId, options));
    call.acceptToken();
    return topic;
  }

  async #findByName(call: PortalCall, nameOrId: string): Promise<TopicResponse | undefined> {
    const createRequest = (id: string) => getTopic(id, withoutPrefix(nameOrId, id));
    try {
      const { workspaceId, value } = await this.#workspace.send(call, createRequest, nameOrId);
      // The Portal searches by name, so it may find another topic than the one with this id.
      const isId = nameOrId.startsWith(`${workspaceId}-`);
      return isId && value.id !== nameOrId ? undefined : value;
    } catch (error) {
      if (error instanceof QuixError && error.code === 'QUIX_TOPIC_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async #findInListOrCreate(
    call: PortalCall,
    nameOrId: string,
    { create, configuration }: CreateTopicOptions,
  ): Promise<TopicResponse> {
    const { workspaceId, value: topics } = await this.#workspace.send(call, getTopics, nameOrId);
    const listed = topics.find((topic) => topic.id === nameOrId || topic.name === nameOrId);
    if (listed) return listed;
    await this.#rejectForeignTopicId(call, nameOrId, workspaceId);
    const name = withoutPrefix(nameOrId, workspaceId);
    if (create) return await this.#create(call, name, configuration);
    const names = topics.flatMap((topic) => [topic.name, topic.id]);
    const closest = closestName(nameOrId, names);
    const suggestion = closest === undefined ? '' : `Did you mean ${closest}? `;
    throw new QuixError(
      'QUIX_TOPIC_NOT_FOUND',
      `The topic ${nameOrId} does not exist in workspace ${workspaceId}.`,
      { status: 404, hint: `${suggestion}Create the topic in Quix, or set autoCreateTopics.` },
    );
  }

  /** Throws for the id of a topic in another workspace, if the token has access to that workspace. */
  async #rejectForeignTopicId(
    call: PortalCall,
    nameOrId: string,
    workspaceId: string,
  ): Promise<void> {
    if (!nameOrId.includes('-') || nameOrId.startsWith(`${workspaceId}-`)) return;
    const workspaces = (await this.#workspace.listWorkspaces(call)) ?? [];
    const other = workspaceOfTopic(workspaces, nameOrId);
    if (!other || other.workspaceId === workspaceId) return;
    throw new QuixError(
      'QUIX_TOPIC_NOT_FOUND',
      `The topic ${nameOrId} has the prefix of workspace ${other.workspaceId}, but this client uses ${workspaceId}. No topic was created.`,
      { hint: 'Create a second client for the other workspace, with the option workspaceId.' },
    );
  }

  /** Creates a topic. If another process has created it meanwhile, returns that topic. */
  async #create(
    call: PortalCall,
    name: string,
    configuration: QuixTopicConfiguration | undefined,
  ): Promise<TopicResponse> {
    const createRequest = (id: string) => createTopic(id, { name, configuration });
    try {
      return (await this.#workspace.send(call, createRequest)).value;
    } catch (error) {
      if (!(error instanceof QuixError)) throw error;
      // A 401 or 403 means that the topic was not created. After any other error, such as a lost
      // connection, it may exist.
      if (error.status === 401 || error.status === 403) throw error;
      const list = await this.#workspace.send(call, getTopics).catch(() => undefined);
      // Quix treats names that differ only in case as the same name.
      const existing =
        list?.value.find((topic) => topic.name === name) ??
        list?.value.find((topic) => topic.name.toLowerCase() === name.toLowerCase());
      if (existing) return existing;
      const { retryable, status, correlationId, retryAfterMs } = error;
      const hint = 'Create the topic in Quix, or check its name and configuration.';
      throw new QuixError(
        retryable ? error.code : 'QUIX_TOPIC_FAILED',
        `The topic ${name} could not be created. ${error.summary}`,
        { retryable, status, correlationId, retryAfterMs, hint },
      );
    }
  }

  async #waitUntilReady(name: string, startedAt: number): Promise<QuixTopic> {
    const limitMs = this.#timeoutMs;
    const { observer } = this.#session.options;
    const timeoutMs = Math.min(limitMs + LAST_REQUEST_MS, MAX_TIMER_MS);
    using call = this.#session.openCall({ timeoutMs });
    for (;;) {
      const waitedMs = Math.round(performance.now() - startedAt);
      if (waitedMs >= limitMs) break;
      observer.debug(
        `Quix is still creating the topic ${name}. getTopic() has waited ${waitedMs} ms of at most ${limitMs} ms (topicTimeoutMs).`,
        { event: 'waiting', about: name, waitedMs },
      );
      await sleep(Math.min(POLL_INTERVAL_MS, limitMs - waitedMs), call.deadline.signal);
      const { value } = await this.#workspace.send(call, (id) => getTopic(id, name));
      assertTopicUsable(value);
      if (value.status === 'Creating') continue;
      call.acceptToken();
      return toTopic(value);
    }
    throw new QuixError(
      'QUIX_TOPIC_TIMEOUT',
      `The topic ${name} was not ready within ${limitMs} ms.`,
      {
        retryable: true,
        hint: 'Call getTopic() again, increase topicTimeoutMs, or look at the topic in Quix.',
      },
    );
  }
}

function withoutPrefix(nameOrId: string, workspaceId: string): string {
  const prefix = `${workspaceId}-`;
  return nameOrId.startsWith(prefix) ? nameOrId.slice(prefix.length) : nameOrId;
}

function assertTopicUsable({ name, status, lastError }: TopicResponse): void {
  if (status !== 'Error' && status !== 'Deleting') return;
  const details = lastError ? ` Its last error: ${lastError.replace(/\.$/, '')}.` : '';
  const reason = status === 'Deleting' ? 'is being deleted.' : `is in an error state.${details}`;
  throw new QuixError('QUIX_TOPIC_FAILED', `The topic ${name} ${reason}`, {
    hint: 'Look at the topic in Quix.',
  });
}

/** Converts a topic of the Portal API. Omits values that are null. */
export function toTopic(response: TopicResponse): QuixTopic {
  const { id, name, status, external, configuration } = response;
  return {
    id,
    name,
    status: status ?? 'Unknown',
    external: external ?? false,
    configuration: Object.fromEntries(
      Object.entries(configuration ?? {}).filter(([, value]) => value !== null),
    ),
  };
}
