import { QuixError } from '../errors.ts';
import { getTopics, getWorkspace, queryPermission, type PortalSession } from '../portal/index.ts';
import type { Environment } from '../token/index.ts';
import { assertName } from './names.ts';
import { assertPermissionQuery, type QuixPermissionQuery } from './permission.ts';
import { toTopic, type QuixTopic } from './topic.ts';
import { Topics, type CreateTopicOptions } from './topics.ts';
import type { WorkspaceAccess } from './workspace-access.ts';

/** A Quix environment. The Portal API calls it a workspace. */
export interface QuixWorkspace {
  /** Id, such as `org-project-dev`. Ids of its consumer groups and most topics start with it. */
  readonly id: string;
  /** Display name. */
  readonly name: string;
  /** Portal status: `Ready`, `Creating`, `Deleting`, `Disabled`, `Error`, … `Unknown` if absent. */
  readonly status: string;
  /** `SharedKafka`, `ConfluentCloud`, `SelfHosted`, `AmazonMsk`, … `Unknown` if absent. */
  readonly brokerType: string;
}

export interface WorkspaceResourcesOptions {
  readonly session: PortalSession;
  readonly workspace: WorkspaceAccess;
  /** Returns the id of the workspace. Runs the first exchange if there was none. */
  readonly getWorkspaceId: () => Promise<string>;
  /** Whether the client uses a local broker, where names are used as ids. */
  readonly isLocal: boolean;
  readonly readEnv: () => Environment;
}

/** The workspace, topics, permissions and names of one client. */
export class WorkspaceResources {
  readonly #options: WorkspaceResourcesOptions;
  readonly #topics: Topics;

  constructor(options: WorkspaceResourcesOptions) {
    this.#options = options;
    this.#topics = new Topics(options.session, options.workspace);
  }

  async getWorkspace(): Promise<QuixWorkspace> {
    this.#assertPortal('getWorkspace');
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
    this.#assertPortal('getTopics');
    using call = this.#options.session.openCall();
    const { value } = await this.#options.workspace.send(call, getTopics);
    call.acceptToken();
    return value.map(toTopic);
  }

  async checkPermission(query: QuixPermissionQuery): Promise<boolean> {
    assertPermissionQuery(query);
    this.#assertPortal('checkPermission');
    const { resourceType, resourceId, permission } = query;
    using call = this.#options.session.openCall();
    const isAllowed = await call.send(queryPermission({ resourceType, resourceId, permission }));
    call.acceptToken();
    return isAllowed;
  }

  /** Returns the id of a consumer group. `null` selects a random one. */
  async getConsumerGroup(name: string | null | undefined): Promise<string> {
    const group = name === null ? crypto.randomUUID().slice(0, 8) : (name ?? this.#defaultGroup());
    assertName(group, 'consumer group');
    return await this.#addPrefix(group);
  }

  /** Returns the id of a transactional producer. */
  async getTransactionalId(name: string = crypto.randomUUID()): Promise<string> {
    assertName(name, 'transactional producer');
    return await this.#addPrefix(name);
  }

  #defaultGroup(): string {
    const env = this.#options.readEnv();
    // Quix uses both spellings. The last value is the default of the official Python client.
    const groups = [env['Quix__Consumer_Group']?.trim(), env['Quix__Consumer__Group']?.trim()];
    return groups.find((group) => group) ?? 'quixstreams-default';
  }

  /** Adds the prefix that the broker requires, unless `name` has it. A local broker needs none. */
  async #addPrefix(name: string): Promise<string> {
    if (this.#options.isLocal) return name;
    // The group "org-project-devices" does not belong to the workspace "org-project-dev".
    const prefix = `${await this.#options.getWorkspaceId()}-`;
    return name.startsWith(prefix) ? name : prefix + name;
  }

  #assertPortal(method: string): void {
    if (!this.#options.isLocal) return;
    throw new QuixError(
      'QUIX_CONFIG',
      `${method}() needs the Portal, but this client is configured for a local broker.`,
      { hint: 'Remove brokerAddress and Quix__Broker__Address, or do not call the method.' },
    );
  }
}
