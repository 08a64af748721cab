import { QuixError } from '../errors.ts';
import { getWorkspace, queryPermission, type PortalSession } from '../portal/index.ts';
import type { Environment } from '../token/index.ts';
import { assertName, defaultGroup, randomGroup, randomTransactionalId } from './names.ts';
import { assertPermissionQuery, type QuixPermissionQuery } from './permission.ts';
import { localTopic, type QuixTopic } from './topic.ts';
import { Topics, type CreateTopicOptions } from './topics.ts';
import type { WorkspaceAccess } from './workspace-access.ts';
import { toWorkspace, type QuixWorkspace } from './workspace.ts';

/** Options of {@link WorkspaceResources}. */
export interface WorkspaceResourcesOptions {
  readonly session: PortalSession;
  readonly workspace: WorkspaceAccess;
  /** Whether the client uses a local broker instead of the Portal. Names are then used as ids. */
  readonly isLocal: boolean;
  readonly readEnv: () => Environment;
}

/**
 * Requests about the workspace of one client, its topics and permissions. Also checks the names of
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
    using call = this.#options.session.begin();
    const { value } = await this.#options.workspace.send(call, getWorkspace);
    call.accept();
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
    using call = this.#options.session.begin();
    const isAllowed = await call.send(queryPermission({ resourceType, resourceId, permission }));
    call.accept();
    return isAllowed;
  }

  /** Returns the checked name of a consumer group, without prefix. `null` selects a random name. */
  groupName(name: string | null | undefined): string {
    const group = name === null ? randomGroup() : (name ?? defaultGroup(this.#options.readEnv()));
    assertName(group, 'consumer group');
    return group;
  }

  /** Returns the checked name of a transactional producer, without prefix. */
  transactionalName(name: string | undefined): string {
    const id = name ?? randomTransactionalId();
    assertName(id, 'transactional producer');
    return id;
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
