import type { InspectOptions } from 'node:util';
import { untilAborted } from './abort.ts';
import type { BrokerCredentials } from './credentials/index.ts';
import type { ClientDescription } from './describe.ts';
import { QuixError } from './errors.ts';
import { SafeEmitter, type QuixClientEvents } from './events.ts';
import type { Exchanger } from './exchanger.ts';
import { OnDemand } from './on-demand.ts';
import { resolveOptions, type QuixClientOptions, type ResolvedOptions } from './options.ts';
import { TokenChain, type TokenProvider } from './token/index.ts';
import type { Directory } from './workspace/directory.ts';
import type { QuixWarning } from './warnings.ts';
import type { QuixPermissionQuery } from './workspace/permission.ts';
import type { QuixTopic, QuixTopicConfiguration } from './workspace/topic.ts';
import type { QuixWorkspace } from './workspace/workspace.ts';

/** Looked up once: each `import()` asks Node's loader anew. */
const exchangerModule = new OnDemand(() => import('./exchanger.ts'));

/** Options of {@link QuixStreamingClient.getBrokerCredentials}. */
export interface GetBrokerCredentialsOptions {
  /** Gives up waiting; the exchange goes on for the other callers and for the cache. */
  signal?: AbortSignal | undefined;
  /** Asks the Portal although credentials are held. Default `false`. */
  forceRefresh?: boolean | undefined;
}

/** Options of {@link QuixStreamingClient.getTopic}. */
export interface GetTopicOptions {
  /** Gives up waiting; who else waits for the same topic goes on. */
  signal?: AbortSignal | undefined;
  /** Whether to create it if it does not exist. Default: the client's `autoCreateTopics`. */
  create?: boolean | undefined;
  /** For one that is created; what is left out is the Portal's to choose. */
  configuration?: QuixTopicConfiguration | undefined;
}

/**
 * Turns a Quix streaming token into broker credentials, when they are first needed.
 *
 * Constructing it sends nothing. The token comes from the argument, else `tokenFile`, else the
 * variable named by `tokenEnvVar`, else `Quix__Sdk__Token`; it is read again at each exchange.
 *
 * @example
 * ```ts
 * import { Kafka } from 'kafkajs';
 * import { QuixStreamingClient } from 'quix-streams-auth';
 * import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
 *
 * const quix = new QuixStreamingClient(); // Quix__Sdk__Token
 * const kafka = new Kafka(kafkaJSConfig(quix)); // nothing is sent yet
 * ```
 */
export class QuixStreamingClient extends SafeEmitter<QuixClientEvents> {
  readonly #options: ResolvedOptions;
  readonly #chain: TokenChain;
  readonly #exchanger = new OnDemand(() => this.#loadExchanger());
  /** What those are given who ask while that is loaded. */
  #first: Promise<BrokerCredentials> | undefined;
  #closed: QuixError | undefined;

  /**
   * @param token - The token, or a function that gives it; blank or `undefined` counts as absent.
   * @throws QuixError `QUIX_CONFIG` for a wrong option, `QUIX_TOKEN_MISSING` when no source has a
   * token, `QUIX_TOKEN_INVALID` when the one that has cannot be sent
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
   * What a Kafka client needs to connect. The first call exchanges the token; later ones cost no
   * request, and no expiry is known.
   *
   * @throws QuixError any of the `QUIX_TOKEN_…`, `QUIX_WORKSPACE_…`, `QUIX_PORTAL_…` codes,
   * `QUIX_FORBIDDEN`, `QUIX_BAD_RESPONSE`, `QUIX_CREDENTIALS_REFUSED`, `QUIX_CLIENT_CLOSED`; the
   * signal's own reason when it aborts
   */
  getBrokerCredentials(options?: GetBrokerCredentialsOptions): Promise<BrokerCredentials> {
    if (!options) return this.#exchanger.made?.get() ?? this.#getFirst();
    const { signal, forceRefresh } = options;
    if (signal?.aborted) return rejectAborted(signal);
    const credentials = this.#exchanger.made?.get(forceRefresh) ?? this.#getFirst();
    return signal ? untilAborted(credentials, signal) : credentials;
  }

  /**
   * Says that Kafka refused these credentials: the next call asks the Portal again, at once the
   * first time. While it gives the same ones, each further refusal waits for a cooldown of 1 s,
   * doubling to 60 s, in which calls reject with `QUIX_CREDENTIALS_REFUSED`.
   *
   * @param credentials - Those that were refused; older ones than the current change nothing.
   * Without it, the current ones.
   */
  invalidate(credentials?: BrokerCredentials): void {
    this.#exchanger.made?.invalidate(credentials);
  }

  /**
   * Goes over to another token without a gap: `next` is exchanged first, and takes the place of all
   * token sources only if it leads to the same workspace.
   *
   * @throws QuixError as {@link QuixStreamingClient.getBrokerCredentials}, `QUIX_WORKSPACE_CHANGED`;
   * then nothing has changed
   */
  rotateToken(
    next: string | TokenProvider,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<BrokerCredentials> {
    if (signal?.aborted) return rejectAborted(signal);
    const rotation = this.#exchanger.get().then((exchanger) => exchanger.rotate(next, signal));
    return signal ? untilAborted(rotation, signal) : rotation;
  }

  /**
   * The environment that this client is connected to.
   *
   * @throws QuixError `QUIX_CONFIG` for a local broker, and as
   * {@link QuixStreamingClient.getBrokerCredentials}
   */
  async getWorkspace(): Promise<QuixWorkspace> {
    return await (await this.#openDirectory()).getWorkspace();
  }

  /**
   * A topic by its Quix name or its id, once it is ready: give its `id` to a Kafka client. One request
   * for a topic that exists, however many ask at once. One that does not is created, unless
   * `autoCreateTopics` is `false`, and waited for up to 60 s. A local broker's topics have the names
   * that are given, and nothing is asked.
   *
   * @throws QuixError `QUIX_TOPIC_NOT_FOUND`, `QUIX_TOPIC_FAILED` when it cannot be created, is in an
   * error state or being deleted, `QUIX_TOPIC_TIMEOUT`, and as
   * {@link QuixStreamingClient.getBrokerCredentials}
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
    const topic = this.#openDirectory().then((directory) =>
      directory.getTopic(nameOrId, { create, configuration }),
    );
    return await (signal ? untilAborted(topic, signal) : topic);
  }

  /**
   * All topics of the environment.
   *
   * @throws QuixError as {@link QuixStreamingClient.getWorkspace}
   */
  async getTopics(): Promise<QuixTopic[]> {
    return await (await this.#openDirectory()).getTopics();
  }

  /**
   * The id of a consumer group: the broker admits only those that begin with the workspace's id and a
   * dash. Costs no request of its own. For a local broker, the name as it is.
   *
   * @param name - With the prefix or without. Default: `Quix__Consumer_Group`, else
   * `Quix__Consumer__Group`, else `quixstreams-default`. `null`: a group that nobody shares.
   * @throws QuixError as {@link QuixStreamingClient.getBrokerCredentials}
   */
  async getConsumerGroup(name?: string | null): Promise<string> {
    return await (await this.#openDirectory()).getConsumerGroup(name);
  }

  /**
   * The id of a transactional producer, with the prefix that the broker wants. Costs no request of its
   * own. For a local broker, the name as it is.
   *
   * @param name - With the prefix or without. Default: one that nobody shares.
   * @throws QuixError as {@link QuixStreamingClient.getBrokerCredentials}
   */
  async getTransactionalId(name?: string): Promise<string> {
    return await (await this.#openDirectory()).getTransactionalId(name);
  }

  /**
   * Whether the token has a permission, by the Portal's own rules.
   *
   * @throws QuixError as {@link QuixStreamingClient.getWorkspace}
   *
   * @example
   * ```ts
   * import { QuixStreamingClient } from 'quix-streams-auth';
   *
   * const quix = new QuixStreamingClient();
   * const { id } = await quix.getWorkspace();
   * const mayRead = await quix.checkPermission({
   *   resourceType: 'Workspace',
   *   resourceId: id,
   *   permission: 'Read',
   * });
   * console.log(mayRead);
   * ```
   */
  async checkPermission(query: QuixPermissionQuery): Promise<boolean> {
    return await (await this.#openDirectory()).checkPermission(query);
  }

  /** What this client is and does, without secrets: for logs and health checks. Sends nothing. */
  describe(): ClientDescription {
    const { portal, localBrokers, workspaceId } = this.#options;
    const known: Omit<ClientDescription, 'portal'> = this.#exchanger.made?.describe() ?? {
      ...NOTHING_DONE,
      state: this.#first ? 'exchanging' : 'idle',
    };
    return {
      ...(!localBrokers && !known.token && { token: this.#chain.describe() }),
      ...(workspaceId !== undefined && { workspaceId }),
      portal: portal.origin,
      ...(localBrokers && { securityProtocol: 'PLAINTEXT' }),
      ...known,
      ...(this.#closed && { state: 'closed' }),
    };
  }

  /** Ends all that is under way: who waits is rejected with `QUIX_CLIENT_CLOSED`. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = new QuixError('QUIX_CLIENT_CLOSED', 'The QuixStreamingClient is closed.', {
      hint: 'Make a new one.',
    });
    await this.#exchanger.made?.close(this.#closed);
  }

  /** Logs and emits a warning. @internal */
  warn(warning: QuixWarning): void {
    this.#exchanger.made?.warn(warning);
  }

  /** The same as {@link QuixStreamingClient.close}, for `await using`. */
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

  /** One promise for all who ask before the first exchange has begun. */
  #getFirst(): Promise<BrokerCredentials> {
    if (!this.#first) {
      this.#first = this.#exchanger.get().then((exchanger) => exchanger.get());
      this.#first.catch(() => undefined); // every caller may have given up by the time it fails
    }
    return this.#first;
  }

  async #openDirectory(): Promise<Directory> {
    return await (await this.#exchanger.get()).openDirectory();
  }

  async #loadExchanger(): Promise<Exchanger> {
    const { Exchanger } = await exchangerModule.get();
    if (this.#closed) throw this.#closed;
    return new Exchanger({ options: this.#options, chain: this.#chain, events: this });
  }
}

/** What a client has come to that was asked nothing yet. */
const NOTHING_DONE = {
  generation: 0,
  exchanges: 0,
  failures: 0,
  requests: 0,
  refusals: 0,
  rotations: 0,
} as const;

function rejectAborted(signal: AbortSignal): Promise<never> {
  return untilAborted(new Promise<never>(() => undefined), signal);
}
