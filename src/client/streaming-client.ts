import type { InspectOptions } from 'node:util';
import { untilAborted } from '../abort.ts';
import type { BrokerCredentials } from '../credentials/index.ts';
import { QuixError } from '../errors.ts';
import { TokenChain, type TokenProvider } from '../token/index.ts';
import type { QuixWarning } from '../warnings.ts';
import type { QuixPermissionQuery, QuixTopic, QuixWorkspace } from '../workspace/index.ts';
import { ClientCore } from './client-core.ts';
import type { GetBrokerCredentialsOptions, GetTopicOptions } from './call-options.ts';
import { NOTHING_SENT, type ClientDescription } from './description.ts';
import { SafeEmitter, type QuixClientEvents } from './events.ts';
import type { QuixClientOptions, ResolvedOptions } from './options.ts';
import { resolveOptions } from './resolve-options.ts';

/**
 * Exchanges a Quix streaming token for broker credentials when they are first needed.
 *
 * The constructor sends nothing. The token comes from the argument, else `tokenFile`, else the
 * variable named by `tokenEnvVar`, else `Quix__Sdk__Token`. It is read again for each exchange.
 *
 * @example
 * ```ts
 * import { Kafka } from 'kafkajs';
 * import { QuixStreamingClient } from 'quix-streams-auth';
 * import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
 *
 * const quix = new QuixStreamingClient(); // reads Quix__Sdk__Token
 * const kafka = new Kafka(kafkaJSConfig(quix)); // sends nothing yet
 * ```
 */
export class QuixStreamingClient extends SafeEmitter<QuixClientEvents> {
  readonly #options: ResolvedOptions;
  readonly #chain: TokenChain;
  #core: ClientCore | undefined;
  #closed: QuixError | undefined;

  /**
   * @param token - The token, or a function that returns it. Blank or `undefined` counts as absent.
   * @throws QuixError `QUIX_CONFIG` for a wrong option, `QUIX_TOKEN_MISSING` if no source has a
   * token, `QUIX_TOKEN_INVALID` if the text of a source cannot be a token
   */
  constructor(token?: string | TokenProvider | null, options?: Omit<QuixClientOptions, 'token'>);
  constructor(options: QuixClientOptions);
  constructor(
    first?: string | TokenProvider | QuixClientOptions | null,
    second?: QuixClientOptions,
  ) {
    super();
    const options = (this.#options = resolveOptions(first, second));
    this.#chain = new TokenChain(options, options.readEnv);
    if (!options.localBrokers) this.#chain.assertConfigured();
  }

  /**
   * Returns everything that a Kafka client needs to connect. The first call exchanges the token.
   * Later calls send no request, because broker credentials have no known expiry.
   *
   * @throws QuixError any `QUIX_TOKEN_…`, `QUIX_WORKSPACE_…` or `QUIX_PORTAL_…` code,
   * `QUIX_FORBIDDEN`, `QUIX_BAD_RESPONSE`, `QUIX_CREDENTIALS_REFUSED`, `QUIX_CLIENT_CLOSED`. The
   * signal's reason if it aborts.
   */
  getBrokerCredentials(options?: GetBrokerCredentialsOptions): Promise<BrokerCredentials> {
    // Not async, so that a cached call creates no promise.
    return this.#closed ? Promise.reject(this.#closed) : this.#open().getCredentials(options);
  }

  /**
   * Reports that Kafka refused credentials. The next call starts an exchange, immediately the first
   * time. While the Portal returns the same credentials, each further refusal starts a cooldown of
   * 1 s, doubling to 60 s. Calls during a cooldown reject with `QUIX_CREDENTIALS_REFUSED`.
   *
   * @param credentials - The refused credentials. Default: the current ones. Credentials that are
   * not current are ignored.
   */
  invalidate(credentials?: BrokerCredentials): void {
    this.#core?.invalidate(credentials);
  }

  /**
   * Changes to another token without interruption. Exchanges `next` first. Replaces all token
   * sources only if that succeeds in the same workspace.
   *
   * @throws QuixError as {@link QuixStreamingClient.getBrokerCredentials}, or
   * `QUIX_WORKSPACE_CHANGED`. If it throws, nothing has changed.
   */
  async rotateToken(
    next: string | TokenProvider,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<BrokerCredentials> {
    signal?.throwIfAborted();
    const rotation = this.#open().rotate(next, signal);
    return await (signal ? untilAborted(rotation, signal) : rotation);
  }

  /**
   * Returns the environment that this client is connected to.
   *
   * @throws QuixError `QUIX_CONFIG` for a local broker, and as {@link
   * QuixStreamingClient.getBrokerCredentials}
   */
  async getWorkspace(): Promise<QuixWorkspace> {
    const core = this.#open();
    return await core.track(core.resources.getWorkspace());
  }

  /**
   * Returns the topic with a Quix name or an id when it is ready. Pass its `id` to a Kafka client.
   * A topic that exists costs one request, which concurrent calls share. A topic that does not
   * exist is created, unless `autoCreateTopics` is `false`, and has 60 s to become ready. For a
   * local broker, nothing is requested, and the id is the name.
   *
   * @throws QuixError `QUIX_TOPIC_NOT_FOUND`, `QUIX_TOPIC_FAILED` if the topic cannot be created,
   * is in an error state or is being deleted, `QUIX_TOPIC_TIMEOUT`, and as {@link
   * QuixStreamingClient.getBrokerCredentials}
   *
   * @example
   * ```ts
   * import { QuixStreamingClient } from 'quix-streams-auth';
   *
   * const quix = new QuixStreamingClient();
   * const [topic, groupId] = await Promise.all([
   *   quix.getTopic('f1-data', { configuration: { partitions: 3 } }),
   *   quix.getConsumerGroup('my-service'),
   * ]);
   * console.log(topic.id, groupId); // org-project-dev-f1-data org-project-dev-my-service
   * ```
   */
  async getTopic(nameOrId: string, options: GetTopicOptions = {}): Promise<QuixTopic> {
    const { signal, create = this.#options.autoCreateTopics, configuration } = options;
    signal?.throwIfAborted();
    const core = this.#open();
    const topic = core.track(core.resources.getTopic(nameOrId, { create, configuration }));
    return await (signal ? untilAborted(topic, signal) : topic);
  }

  /**
   * Returns all topics of the environment.
   *
   * @throws QuixError as {@link QuixStreamingClient.getWorkspace}
   */
  async getTopics(): Promise<QuixTopic[]> {
    const core = this.#open();
    return await core.track(core.resources.getTopics());
  }

  /**
   * Returns the id of a consumer group. The broker accepts only ids that start with the workspace
   * id and a dash. Sends no request except the first exchange. For a local broker, returns the
   * name.
   *
   * @param name - Name with or without the prefix. Default: `Quix__Consumer_Group`, else
   * `Quix__Consumer__Group`, else `quixstreams-default`. `null` creates a random name.
   * @throws QuixError as {@link QuixStreamingClient.getBrokerCredentials}
   */
  async getConsumerGroup(name?: string | null): Promise<string> {
    const core = this.#open();
    return await core.addPrefix(core.resources.groupName(name));
  }

  /**
   * Returns the id of a transactional producer, with the prefix that the broker requires. Sends no
   * request except the first exchange. For a local broker, returns the name.
   *
   * @param name - Name with or without the prefix. Default: a random name.
   * @throws QuixError as {@link QuixStreamingClient.getBrokerCredentials}
   */
  async getTransactionalId(name?: string): Promise<string> {
    const core = this.#open();
    return await core.addPrefix(core.resources.transactionalName(name));
  }

  /**
   * Returns whether the token has a permission, as decided by the Portal.
   *
   * @throws QuixError as {@link QuixStreamingClient.getWorkspace}
   *
   * @example
   * ```ts
   * import { QuixStreamingClient } from 'quix-streams-auth';
   *
   * const quix = new QuixStreamingClient();
   * const { id } = await quix.getWorkspace();
   * const query = { resourceType: 'Workspace', resourceId: id, permission: 'Read' };
   * console.log(await quix.checkPermission(query)); // true
   * ```
   */
  async checkPermission(query: QuixPermissionQuery): Promise<boolean> {
    const core = this.#open();
    return await core.track(core.resources.checkPermission(query));
  }

  /**
   * Describes the state of this client without secrets, for logs and health checks. Sends nothing.
   */
  describe(): ClientDescription {
    const { portal, localBrokers, workspaceId } = this.#options;
    const known = this.#core?.describe() ?? NOTHING_SENT;
    return {
      ...(!localBrokers && !known.token && { token: this.#chain.describe() }),
      ...(workspaceId !== undefined && { workspaceId }),
      portal: portal.origin,
      ...(localBrokers && { securityProtocol: 'PLAINTEXT' }),
      ...known,
      ...(this.#closed && { state: 'closed' }),
    };
  }

  /**
   * Closes the client. Pending calls reject with `QUIX_CLIENT_CLOSED`. Further calls do nothing.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = new QuixError('QUIX_CLIENT_CLOSED', 'The QuixStreamingClient is closed.', {
      hint: 'Create a new client.',
    });
    await this.#core?.close(this.#closed);
  }

  /** Same as {@link QuixStreamingClient.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  toJSON(): ClientDescription {
    return this.describe();
  }

  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: InspectOptions,
    inspect: (value: unknown, options: InspectOptions) => string,
  ): string {
    return `QuixStreamingClient ${inspect(this.describe(), options)}`;
  }

  /**
   * Logs and emits a warning of a Kafka adapter.
   *
   * @internal
   */
  warn(warning: QuixWarning): void {
    if (!this.#closed) this.#open().warn(warning);
  }

  #open(): ClientCore {
    if (this.#closed) throw this.#closed;
    return (this.#core ??= new ClientCore(this.#options, this.#chain, this));
  }
}
