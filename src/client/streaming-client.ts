import type { BrokerCredentials } from '../credentials/index.ts';
import { TokenChain, type TokenProvider } from '../token/index.ts';
import type { QuixWarning } from '../warnings.ts';
import type { QuixPermissionQuery, QuixTopic, QuixWorkspace } from '../workspace/index.ts';
import { ClientCore } from './client-core.ts';
import type { ClientDescription } from './client-description.ts';
import type { LoginOutcome } from './activity-reporter.ts';
import { DescribedEmitter } from './described-emitter.ts';
import type { GetBrokerCredentialsOptions, GetTopicOptions } from './options.ts';
import type { QuixClientOptions, ResolvedOptions } from './options.ts';
import { resolveOptions } from './resolve-options.ts';

/**
 * Exchanges a Quix streaming token for broker credentials when they are first needed.
 *
 * The constructor sends nothing. The client uses the first of these sources that has a token: the
 * argument, `tokenFile`, the variable named by `tokenEnvVar`, `Quix__Sdk__Token`.
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
export class QuixStreamingClient extends DescribedEmitter {
  readonly #options: ResolvedOptions;
  readonly #chain: TokenChain;
  #createdCore: ClientCore | undefined;

  /**
   * Creates a client from a token.
   *
   * @param token - The token, or a function that returns it. Blank or `undefined` counts as absent.
   * @throws QuixError `QUIX_CONFIG` for a wrong option, and for a token in an option or a variable
   * that is not meant for one. `QUIX_TOKEN_MISSING` if no source has a token, `QUIX_TOKEN_INVALID` if
   * the text of a source is not a token, such as a placeholder
   */
  constructor(token?: string | TokenProvider | null, options?: Omit<QuixClientOptions, 'token'>);
  /** Creates a client from options only. Throws the same errors. */
  constructor(options: QuixClientOptions);
  constructor(
    tokenOrOptions?: string | TokenProvider | QuixClientOptions | null,
    optionsAfterToken?: QuixClientOptions,
  ) {
    super();
    const options = (this.#options = resolveOptions(tokenOrOptions, optionsAfterToken));
    this.#chain = new TokenChain(options);
    if (!options.localBroker) this.#chain.assertConfigured();
  }

  /**
   * Returns everything that a Kafka client needs to connect. The first call exchanges the token.
   * Later calls return the cached credentials, which have no known expiry. A new exchange starts
   * after `invalidate()`, with `forceRefresh`, and in the background after `maxAgeMs`.
   *
   * @throws QuixError any `QUIX_TOKEN_…`, `QUIX_WORKSPACE_…` or `QUIX_PORTAL_…` code,
   * `QUIX_FORBIDDEN`, `QUIX_BAD_RESPONSE`, `QUIX_CREDENTIALS_REFUSED`, `QUIX_UNSUPPORTED`,
   * `QUIX_CONFIG`, `QUIX_CLIENT_CLOSED`. The reason of `signal` if it aborts.
   * @example
   * const { brokers, securityProtocol, sasl, ca } = await quix.getBrokerCredentials();
   */
  getBrokerCredentials(options?: GetBrokerCredentialsOptions): Promise<BrokerCredentials> {
    return this.#core.getCredentials(options);
  }

  /**
   * Reports that Kafka refused credentials. Never throws. After the first refusal, the next call of
   * `getBrokerCredentials()` starts an exchange. If Kafka refuses the same credentials again, calls
   * reject with `QUIX_CREDENTIALS_REFUSED` until about 1 s after the last exchange. This time
   * doubles with each further refusal, up to about 60 s.
   *
   * @param credentials - The refused ones. Default: the cached ones. Others are ignored.
   * @example
   * quix.invalidate(credentials); // Kafka refused the login with these credentials
   */
  invalidate(credentials?: BrokerCredentials): void {
    this.#core.invalidate(credentials);
  }

  /**
   * Changes to another token while the client stays in use. Exchanges the new token first. If this
   * succeeds in the same workspace, the new token replaces all sources except `fallbackToken`. If
   * it fails, or `signal` aborts before it ends, the client keeps its sources. Concurrent rotations
   * run one after another. Returns the credentials that the client uses afterwards.
   *
   * @param next - The new token, or a function like that of the option `token`.
   * @throws QuixError the codes of `getBrokerCredentials()`. `QUIX_CONFIG` for a local broker or a
   * wrong argument. The reason of `signal` if it aborts.
   * @example
   * await quix.rotateToken(token2); // the service keeps running
   */
  async rotateToken(
    next: string | TokenProvider,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<BrokerCredentials> {
    return await this.#core.rotate(next, options);
  }

  /**
   * Returns the text of the token to use now, for a request that your own code sends. The text is a
   * secret. Prefer {@link QuixStreamingClient.fetch}. Sends nothing, but reads the sources of the
   * token, for at most `timeoutMs`. Returns the last accepted token while its source still has it,
   * or else the token of the first source. Returns a rejected token only if there is no other one.
   *
   * @throws QuixError any `QUIX_TOKEN_…` code, `QUIX_CONFIG`, `QUIX_CLIENT_CLOSED`. The reason of
   * `signal` if it aborts.
   * @example
   * const headers = { authorization: `Bearer ${await quix.getToken()}` };
   */
  async getToken(options?: { signal?: AbortSignal | undefined }): Promise<string> {
    return await this.#core.getToken(options);
  }

  /**
   * Calls the global `fetch()` with the token in the header `Authorization`. The URL must have the
   * origin of the Portal, or one in the option `services`. After a 401, reads the token again, tries
   * the fallback, and repeats the request, unless its body is a stream. Does not follow redirects.
   * Resolves to the response, whatever its status is. Only reading the token has a time limit, so
   * pass a `signal`. If you set the header `authorization`, only calls the global `fetch()`.
   *
   * @throws QuixError `QUIX_CONFIG` for another origin, a wrong argument, or `redirect: 'follow'`.
   * Any `QUIX_TOKEN_…` code, `QUIX_CLIENT_CLOSED`. Otherwise, the errors of the global `fetch()`.
   * @example
   * const response = await quix.fetch('https://portal-api.cloud.quix.io/profile');
   * console.log(response.status); // 200
   */
  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    return await this.#core.fetch(input, init);
  }

  /**
   * Returns the environment that this client uses.
   *
   * @throws QuixError any `QUIX_TOKEN_…`, `QUIX_WORKSPACE_…` or `QUIX_PORTAL_…` code,
   * `QUIX_FORBIDDEN`, `QUIX_BAD_RESPONSE`, `QUIX_CLIENT_CLOSED`, `QUIX_CONFIG` for a local broker
   * @example
   * const { id, status } = await quix.getWorkspace(); // 'org-project-dev', 'Ready'
   */
  async getWorkspace(): Promise<QuixWorkspace> {
    return await this.#core.run((resources) => resources.getWorkspace());
  }

  /**
   * Returns a topic as soon as it can be used. Pass its `id` to a Kafka client. Creates a missing
   * topic if `create` (by default `autoCreateTopics`) is `true`, and waits up to `topicTimeoutMs`.
   * For a ready topic of a known environment, one request is usually enough. Concurrent calls with
   * the same name and options share their requests. For a local broker, the id is the name, and no
   * topic is created.
   *
   * @param nameOrId - Name of the topic in Quix, or its id in Kafka.
   * @throws QuixError any `QUIX_TOPIC_…` code, and the codes of `getWorkspace()`. `QUIX_CONFIG`
   * also for a name that Kafka does not allow. The reason of `signal` if it aborts.
   * @example
   * const topic = await quix.getTopic('f1-data', { configuration: { partitions: 3 } });
   * console.log(topic.id); // org-project-dev-f1-data
   */
  async getTopic(nameOrId: string, options?: GetTopicOptions): Promise<QuixTopic> {
    return await this.#core.getTopic(nameOrId, options);
  }

  /**
   * Returns all topics of the environment, in any state. Throws the errors of `getWorkspace()`.
   * @example
   * const names = (await quix.getTopics()).map(({ name }) => name);
   */
  async getTopics(): Promise<QuixTopic[]> {
    return await this.#core.run((resources) => resources.getTopics());
  }

  /**
   * Returns the id of a consumer group, which is the workspace id, a dash and the name. Sends
   * requests only if `getBrokerCredentials()` would. For a local broker, returns the name.
   *
   * @param name - Name with or without the prefix. Default: `Quix__Consumer_Group`, else
   * `Quix__Consumer__Group`, else `quixstreams-default`. `null` creates a random name.
   * @throws QuixError the codes of `getBrokerCredentials()`. `QUIX_CONFIG` for a wrong name
   * @example
   * const groupId = await quix.getConsumerGroup('my-service'); // org-project-dev-my-service
   */
  async getConsumerGroup(name?: string | null): Promise<string> {
    return await this.#core.run((resources) => resources.getConsumerGroup(name));
  }

  /**
   * Returns the id of a transactional producer, with the same prefix as a consumer group. Throws
   * the errors of `getConsumerGroup()`.
   *
   * @param name - Name with or without the prefix. Default: a random name.
   * @example
   * const transactionalId = await quix.getTransactionalId('my-service');
   */
  async getTransactionalId(name?: string): Promise<string> {
    return await this.#core.run((resources) => resources.getTransactionalId(name));
  }

  /**
   * Returns whether the token has a permission, as decided by the Portal. Throws the errors of
   * `getWorkspace()`, and `QUIX_CONFIG` for a wrong query.
   * @example
   * const { id } = await quix.getWorkspace();
   * const query = { resourceType: 'Workspace', resourceId: id, permission: 'Read' };
   * console.log(await quix.checkPermission(query)); // true
   */
  async checkPermission(query: QuixPermissionQuery): Promise<boolean> {
    return await this.#core.run((resources) => resources.checkPermission(query));
  }

  /**
   * Returns the state of this client for logs, without secrets. Sends nothing and never throws.
   * @example
   * const { state, ageMs, lastError } = quix.describe(); // 'ready', 60000, undefined
   */
  describe(): ClientDescription {
    return this.#core.describe();
  }

  /**
   * Closes the client and its connections to the Portal. Pending and later calls reject with
   * `QUIX_CLIENT_CLOSED`. Kafka clients stay connected. A second `close()` has no effect.
   * @example
   * await quix.close();
   */
  async close(): Promise<void> {
    await this.#core.close();
  }

  /** Does the same as {@link QuixStreamingClient.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Logs and emits a warning of a Kafka adapter. @internal */
  warn(warning: QuixWarning): void {
    this.#core.reporter.warn(warning);
  }

  /** Counts a login of a Kafka client for `describe()`. @internal */
  recordLogin(outcome: LoginOutcome, reason?: string): void {
    this.#core.reporter.recordLogin(outcome, reason);
  }

  /** Created on first use, because most of a client's memory is in it. */
  get #core(): ClientCore {
    return (this.#createdCore ??= new ClientCore(this.#options, this.#chain, this));
  }
}
