import { QuixError } from '../errors.ts';
import type { Environment } from '../token/index.ts';
import { assertName } from './given-name.ts';
import { assertPermissionQuery, type QuixPermissionQuery } from './permission.ts';
import type { Answer, PortalSession } from './portal-session.ts';
import { defaultGroup, prefixedName, uniqueGroup, uniqueTransactionalId } from './prefixed-name.ts';
import { localTopic, type QuixTopic } from './topic.ts';
import { Topics, type TopicRequest } from './topics.ts';
import { toWorkspace, type QuixWorkspace } from './workspace.ts';

/** What a {@link Directory} asks of its client. */
export interface DirectoryOptions {
  /** Has a question put to the Portal with the client's token. */
  readonly ask: <T>(question: (session: PortalSession) => Promise<Answer<T>>) => Promise<T>;
  /** Whether there is a broker but no Portal: then names are ids, and nothing can be asked. */
  readonly isLocal: boolean;
  /** The workspace's id, as the Portal confirmed it, and a dash. */
  readonly findPrefix: () => Promise<string>;
  readonly readEnv: () => Environment;
  readonly tokens: Parameters<PortalSession['ask']>[0];
}

/** What Kafka needs instead of the names that people use, in the workspace of one client. */
export class Directory {
  readonly #options: DirectoryOptions;
  readonly #topics: Topics;

  constructor(options: DirectoryOptions) {
    const { ask, tokens } = options;
    this.#options = options;
    this.#topics = new Topics((question, details) =>
      ask((session) => session.askInWorkspace(tokens, question, details)),
    );
  }

  async getWorkspace(): Promise<QuixWorkspace> {
    const { ask, tokens } = this.#options;
    this.#assertPortal('getWorkspace');
    return await ask((session) =>
      session.askInWorkspace(tokens, async (portal, inquiry, workspaceId) =>
        toWorkspace(await portal.getWorkspace(workspaceId, inquiry)),
      ),
    );
  }

  async getTopic(nameOrId: string, request: TopicRequest): Promise<QuixTopic> {
    assertName(nameOrId, 'topic');
    if (this.#options.isLocal) return localTopic(nameOrId);
    return await this.#topics.get(nameOrId, request);
  }

  async getTopics(): Promise<QuixTopic[]> {
    this.#assertPortal('getTopics');
    return await this.#topics.list();
  }

  async getConsumerGroup(name: string | null | undefined): Promise<string> {
    const group = name === null ? uniqueGroup() : (name ?? defaultGroup(this.#options.readEnv()));
    assertName(group, 'consumer group');
    return await this.#prefix(group);
  }

  async getTransactionalId(name: string | undefined): Promise<string> {
    const id = name ?? uniqueTransactionalId();
    assertName(id, 'transactional id');
    return await this.#prefix(id);
  }

  async checkPermission(query: QuixPermissionQuery): Promise<boolean> {
    const { ask, tokens } = this.#options;
    assertPermissionQuery(query);
    this.#assertPortal('checkPermission');
    const { resourceType, resourceId, permission } = query;
    return await ask((session) =>
      session.ask(tokens, (portal, inquiry) =>
        portal.queryPermission({ resourceType, resourceId, permission }, inquiry),
      ),
    );
  }

  async #prefix(name: string): Promise<string> {
    const { isLocal, findPrefix } = this.#options;
    return isLocal ? name : prefixedName(await findPrefix(), name);
  }

  #assertPortal(method: string): void {
    if (!this.#options.isLocal) return;
    throw new QuixError(
      'QUIX_CONFIG',
      `${method}() asks the Portal, but this client uses a local broker, which knows no Quix.`,
      { hint: 'Do not call it then.' },
    );
  }
}
