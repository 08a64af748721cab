import { QuixError } from '../errors.ts';
import { ownProperties, readVariable } from '../own-properties.ts';
import {
  KAFKA_TOPIC_NAME,
  getTopics,
  getWorkspace,
  queryPermission,
  type PortalSession,
} from '../portal/index.ts';
import { containsToken, type Environment } from '../token/index.ts';
import { Topics, toTopic, type CreateTopicOptions, type QuixTopic } from './topics.ts';
import type { WorkspaceAccess } from './workspace-access.ts';

/** A Quix environment. The Portal API calls it a workspace. */
export interface QuixWorkspace {
  /** Id, such as `org-project-dev`. Ids of its consumer groups and most topics start with it. */
  readonly id: string;
  /** Display name, without control characters. The id if the name is absent or unusable. */
  readonly name: string;
  /** Portal status: `Ready`, `Creating`, `Deleting`, … `Unknown` if absent or unusable. */
  readonly status: string;
  /** `SharedKafka`, `ConfluentCloud`, `SelfHosted`, … `Unknown` if absent or unusable. */
  readonly brokerType: string;
}

/**
 * A permission to check with `checkPermission()`. The Portal defines the values. Resource types
 * include `Workspace`, `Topic` and `Deployment`. Permissions are `Create`, `Read`, `Update`,
 * `Delete`, `Write` and `All`.
 */
export interface QuixPermissionQuery {
  /** Type of the resource, such as `Workspace`. */
  readonly resourceType: string;
  /** Id of the resource, such as a workspace id. */
  readonly resourceId: string;
  /** The permission, such as `Read`. */
  readonly permission: string;
}

/** Kafka itself accepts any character in a group, but a control character is a mistake. */
const PRINTABLE_NAME = /^[^\p{C}\p{Zl}\p{Zp}]+$/u;
/** Limit of Kafka for texts in requests. Their length is a signed 16-bit number. */
const MAX_TEXT_BYTES = 32_767;

type NameKind = 'topic' | 'consumer group' | 'transactional producer';

export interface WorkspaceResourcesOptions {
  readonly session: PortalSession;
  readonly workspace: WorkspaceAccess;
  /** Limit for a topic to become ready, in milliseconds. */
  readonly topicTimeoutMs: number;
  /** Returns the workspace id, after an exchange if needed. This module cannot start one. */
  readonly getWorkspaceId: () => Promise<string>;
  /** Whether the client uses a local broker, where names are used as ids. */
  readonly isLocal: boolean;
  readonly readEnv: () => Environment;
}

/** The methods of one client that concern its workspace. */
export class WorkspaceResources {
  readonly #options: WorkspaceResourcesOptions;
  readonly #topics: Topics;

  constructor(options: WorkspaceResourcesOptions) {
    this.#options = options;
    this.#topics = new Topics(options.session, options.workspace, options.topicTimeoutMs);
  }

  async getWorkspace(): Promise<QuixWorkspace> {
    if (this.#options.isLocal) throw localBrokerError('getWorkspace');
    using call = this.#options.session.openCall();
    const { value } = await this.#options.workspace.send(call, getWorkspace);
    call.acceptToken();
    const { workspaceId, name, status, brokerType } = value;
    return {
      id: workspaceId,
      name: name ?? workspaceId,
      status: status ?? 'Unknown',
      brokerType: brokerType ?? 'Unknown',
    };
  }

  async getTopic(nameOrId: string, options: CreateTopicOptions): Promise<QuixTopic> {
    assertName(nameOrId, 'topic');
    if (!this.#options.isLocal) return await this.#topics.get(nameOrId, options);
    return { id: nameOrId, name: nameOrId, status: 'Ready', external: true, configuration: {} };
  }

  async getTopics(): Promise<QuixTopic[]> {
    if (this.#options.isLocal) throw localBrokerError('getTopics');
    using call = this.#options.session.openCall();
    const { value } = await this.#options.workspace.send(call, getTopics);
    call.acceptToken();
    return value.map(toTopic);
  }

  async checkPermission(query: QuixPermissionQuery): Promise<boolean> {
    const ownQuery = ownProperties(query);
    assertPermissionQuery(ownQuery);
    if (this.#options.isLocal) throw localBrokerError('checkPermission');
    const { resourceType, resourceId, permission } = ownQuery; // other properties are not sent
    using call = this.#options.session.openCall();
    const isAllowed = await call.send(queryPermission({ resourceType, resourceId, permission }));
    call.acceptToken();
    return isAllowed;
  }

  /** Returns the id of a consumer group. `null` creates a random id. */
  async getConsumerGroup(name: string | null | undefined): Promise<string> {
    const group = name === null ? crypto.randomUUID().slice(0, 8) : (name ?? this.#defaultGroup());
    assertName(group, 'consumer group');
    return await this.#addPrefix(group, 'consumer group');
  }

  async getTransactionalId(name: string = crypto.randomUUID()): Promise<string> {
    assertName(name, 'transactional producer');
    return await this.#addPrefix(name, 'transactional producer');
  }

  #defaultGroup(): string {
    const env = this.#options.readEnv();
    // Quix uses both spellings. The last value is the default of the official Python client.
    const names = ['Quix__Consumer_Group', 'Quix__Consumer__Group'];
    const groups = names.map((name) => readVariable(env, name)?.trim());
    return groups.find((group) => group) ?? 'quixstreams-default';
  }

  /** Adds the prefix that the broker requires, unless `name` has it or the broker is local. */
  async #addPrefix(name: string, kind: NameKind): Promise<string> {
    if (this.#options.isLocal) return name;
    // Without the dash, "org-project-devices" would look like a group of "org-project-dev".
    const prefix = `${await this.#options.getWorkspaceId()}-`;
    if (name.startsWith(prefix)) return name;
    assertName(prefix + name, kind); // the prefix may make it too long
    return prefix + name;
  }
}

/** Returns the error for a method that a client for a local broker does not support. */
export function localBrokerError(method: string): QuixError {
  const problem = `${method}() needs the Portal, but this client is configured for a local broker.`;
  const hint = 'Remove brokerAddress and Quix__Broker__Address, or do not call the method.';
  return new QuixError('QUIX_CONFIG', problem, { hint });
}

/** Throws `QUIX_CONFIG` if a name is not valid. The message does not contain the name. */
export function assertName(value: unknown, kind: NameKind): asserts value is string {
  if (containsToken(value)) {
    throw new QuixError('QUIX_CONFIG', `The name of the ${kind} contains a token.`, {
      hint: `Pass the name of the ${kind} instead.`,
    });
  }
  const [pattern, allowed] =
    kind === 'topic'
      ? [KAFKA_TOPIC_NAME, '249 letters, digits, dots, underscores and dashes']
      : [PRINTABLE_NAME, `${MAX_TEXT_BYTES} bytes of printable characters`];
  const isText = typeof value === 'string' && value.trim() !== '' && pattern.test(value);
  if (isText && Buffer.byteLength(value) <= MAX_TEXT_BYTES) return;
  throw new QuixError('QUIX_CONFIG', `The name of the ${kind} is not valid.`, {
    hint: `Use up to ${allowed}.`,
  });
}

const PERMISSION_PATTERNS = {
  resourceType: /^[A-Za-z]{1,40}$/,
  permission: /^[A-Za-z]{1,40}$/,
  resourceId: /^[\w.:-]{1,249}$/,
};

/** Throws `QUIX_CONFIG` for a wrong property. The message does not contain its value. */
export function assertPermissionQuery(query: QuixPermissionQuery): void {
  for (const [name, pattern] of Object.entries(PERMISSION_PATTERNS)) {
    const value: unknown = query[name as keyof QuixPermissionQuery];
    if (typeof value === 'string' && pattern.test(value) && !containsToken(value)) continue;
    throw new QuixError('QUIX_CONFIG', `The ${name} passed to checkPermission() is not valid.`, {
      hint: "Use an object like { resourceType: 'Workspace', resourceId: workspaceId, permission: 'Read' }.",
    });
  }
}
