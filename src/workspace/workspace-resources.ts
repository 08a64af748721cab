import { QuixError } from '../errors.ts';
import { getWorkspace, queryPermission, type PortalSession } from '../portal/index.ts';
import type { Environment } from '../token/index.ts';
import {
  assertName,
  defaultGroup,
  prefixedName,
  randomGroup,
  randomTransactionalId,
} from './names.ts';
import { assertPermissionQuery, type QuixPermissionQuery } from './permission.ts';
import { localTopic, type QuixTopic } from './topic.ts';
import { Topics, type CreateTopicOptions } from './topics.ts';
import type { WorkspaceAccess } from './workspace-access.ts';
import { toWorkspace, type QuixWorkspace } from './workspace.ts';

/** Options of {@link WorkspaceResources}. */
export interface WorkspaceResourcesOptions {
  readonly session: PortalSession;
  readonly workspace: WorkspaceAccess;
  /** Returns the id of the workspace. Runs the first exchange if there was none. */
  readonly getWorkspaceId: () => Promise<string>;
  /** Whether the client uses a local broker instead of the Portal. Names are then used as ids. */
  readonly isLocal: boolean;
  readonly readEnv: () => Environment;
}

/**
 * Sends requests about the workspace, topics and permissions of one client. Returns the ids of its
 * consumer groups and transactional producers.
 */
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
    return toWorkspace(value);
  }

  async getTopic(nameOrId: string, options: CreateTopicOptions): Promise<QuixTopic> {
    assertName(nameOrId, 'topic');
    return this.#options.isLocal ? localTopic(nameOrId) : await this.#topics.get(nameOrId, options);
  }

  async getTopics(): Promise<QuixTopic[]> {
    this.#assertPortal('getTopics');
    return await this.#topics.list();
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
    const group = name === null ? randomGroup() : (name ?? defaultGroup(this.#options.readEnv()));
    assertName(group, 'consumer group');
    return await this.#addPrefix(group);
  }

  /** Returns the id of a transactional producer. */
  async getTransactionalId(name = randomTransactionalId()): Promise<string> {
    assertName(name, 'transactional producer');
    return await this.#addPrefix(name);
  }

  /** Adds the prefix that the broker requires. A local broker does not require a prefix. */
  async #addPrefix(name: string): Promise<string> {
    const { isLocal, getWorkspaceId } = this.#options;
    return isLocal ? name : prefixedName(`${await getWorkspaceId()}-`, name);
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
