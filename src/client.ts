import type { InspectOptions } from 'node:util';
import { untilAborted } from './abort.ts';
import { CredentialCache, type BrokerCredentials, type ExchangeAnswer } from './broker/index.ts';
import type { exchange, ExchangeResult } from './broker/exchange.ts';
import type { ClientDescription } from './describe.ts';
import { QuixError } from './errors.ts';
import { SafeEmitter, type QuixClientEvents } from './events.ts';
import { log } from './logger.ts';
import { resolveOptions, type QuixClientOptions, type ResolvedOptions } from './options.ts';
import {
  givenSource,
  type Token,
  TokenChain,
  TokenSelector,
  type TokenProvider,
  type TokenSource,
} from './token/index.ts';
import type { QuixWarning } from './warnings.ts';
import type { Directory } from './workspace/directory.ts';
import type { QuixPermissionQuery } from './workspace/permission.ts';
import type { Answer, PortalSession, QuestionTokens } from './workspace/portal-session.ts';
import type { QuixTopic, QuixTopicConfiguration } from './workspace/topic.ts';
import type { QuixWorkspace } from './workspace/workspace.ts';

type Exchange = typeof exchange;

/** Stands for the workspace of a local broker where none was named. */
const LOCAL_WORKSPACE = 'local';

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
  readonly #selector: TokenSelector;
  readonly #cache: CredentialCache;
  readonly #warned = new Set<string>();
  #session: PortalSession | undefined;
  #directory: Promise<Directory> | undefined;
  #token: Token | undefined;
  #rotations: Promise<unknown> = Promise.resolve();
  #exchanges = 0;
  #lastError: { code: QuixError['code']; at: Date } | undefined;
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
    this.#selector = new TokenSelector(this.#chain, this.#warn, options.tokenWarnings);
    if (!options.localBrokers) this.#chain.assertConfigured();
    this.#cache = new CredentialCache({
      exchange: () => this.#exchange(),
      maxAgeMs: options.maxAgeMs ?? undefined,
      onChange: (credentials, previous) => {
        this.#credentialsChanged(credentials, previous);
      },
      onRefreshFailed: (error) => this.emit('refreshFailed', error),
    });
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
    if (!options) return this.#cache.get();
    if (options.signal?.aborted) return rejectAborted(options.signal);
    const credentials = this.#cache.get(options.forceRefresh);
    return options.signal ? untilAborted(credentials, options.signal) : credentials;
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
    this.#cache.invalidate(credentials);
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
    const rotation = this.#rotations.then(() => this.#rotate(next, signal));
    this.#rotations = rotation.catch(() => undefined);
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
    const { portal, localBrokers } = this.#options;
    const { current, ageMs, generation } = this.#cache;
    const workspaceId = current?.workspaceId ?? this.#options.workspaceId;
    const token = (this.#token ?? this.#chain).describe();
    const securityProtocol = localBrokers ? 'PLAINTEXT' : current?.securityProtocol;
    return {
      state: this.#state,
      ...(!localBrokers && { token }),
      ...(workspaceId !== undefined && { workspaceId }),
      portal: portal.origin,
      ...(securityProtocol && { securityProtocol }),
      generation,
      ...(current && { obtainedAt: current.obtainedAt, ageMs }),
      exchanges: this.#exchanges,
      ...(this.#lastError && { lastError: { ...this.#lastError } }),
    };
  }

  /** Ends all that is under way: who waits is rejected with `QUIX_CLIENT_CLOSED`. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = new QuixError('QUIX_CLIENT_CLOSED', 'The QuixStreamingClient is closed.', {
      hint: 'Make a new one.',
    });
    this.#cache.close(this.#closed);
    await this.#session?.close(this.#closed);
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

  get #state(): ClientDescription['state'] {
    if (this.#closed) return 'closed';
    const { current, isExchanging, isRefused, isStale } = this.#cache;
    if (!current) return isExchanging ? 'exchanging' : 'idle';
    if (isRefused) return 'refused';
    return isStale ? 'stale' : 'ready';
  }

  readonly #warn = (warning: QuixWarning): void => {
    const key = `${warning.code} ${warning.about}`;
    // These two are only sent when something happened, the others by each exchange.
    const isNews = warning.code === 'TOKEN_FILE_UNREADABLE' || warning.code === 'CA_CHANGED';
    if (!isNews && this.#warned.has(key)) return;
    this.#warned.add(key);
    log(this.#options.logger, 'warn', warning.message);
    this.emit('warning', warning);
  };

  readonly #tokens: QuestionTokens = {
    first: (signal) => this.#selector.first(signal),
    next: (tried, status, signal) => this.#selector.next(tried, status, signal),
    rejected: (token) => {
      this.#rejected(token);
    },
  };

  async #exchange(): Promise<ExchangeAnswer> {
    const { localBrokers, workspaceId = LOCAL_WORKSPACE } = this.#options;
    if (localBrokers) {
      return { settings: { workspaceId, brokers: localBrokers, securityProtocol: 'PLAINTEXT' } };
    }
    const { settings, token } = await this.#askForCredentials(this.#tokens);
    return {
      settings,
      accepted: () => {
        this.#accept(token);
      },
    };
  }

  async #rotate(
    next: string | TokenProvider,
    signal: AbortSignal | undefined,
  ): Promise<BrokerCredentials> {
    this.#assertOpen();
    signal?.throwIfAborted();
    const source = this.#rotationSource(next);
    return await this.#cache.install(async () => {
      const { settings, token } = await this.#askForCredentials({
        first: async (deadline) => (await source.read(deadline, this.#warn)) ?? blankRotation(),
        next: () => Promise.resolve(undefined),
        rejected: this.#rejected,
      });
      signal?.throwIfAborted();
      return {
        settings,
        accepted: () => {
          this.#chain.replace(source);
          this.#accept(token);
        },
      };
    });
  }

  #rotationSource(next: unknown): TokenSource {
    if (this.#options.localBrokers) {
      throw new QuixError('QUIX_CONFIG', 'This client uses a local broker, which takes no token.', {
        hint: 'Do not call rotateToken() then.',
      });
    }
    if (typeof next === 'string' || isTokenProvider(next)) return givenSource(next, 'rotateToken');
    throw new QuixError('QUIX_CONFIG', 'rotateToken() was given neither a string nor a function.', {
      hint: 'Pass the new token.',
    });
  }

  /** One exchange, counted. */
  async #askForCredentials(tokens: QuestionTokens): Promise<ExchangeResult> {
    return await this.#noteError(async () => {
      const { session, exchange } = await this.#openSession();
      this.#exchanges++;
      return await exchange(session, tokens);
    });
  }

  /** Another question than that for credentials; a token that took over for it stays. */
  async #ask<T>(question: (session: PortalSession) => Promise<Answer<T>>): Promise<T> {
    const { value, token } = await this.#noteError(async () =>
      question((await this.#openSession()).session),
    );
    this.#accept(token);
    return value;
  }

  /** The code that asks the Portal is loaded when that is first needed. */
  async #openSession(): Promise<{ session: PortalSession; exchange: Exchange }> {
    const { PortalSession, exchange } = await import('./broker/exchange.ts');
    this.#assertOpen();
    const { readEnv, timeoutMs } = this.#options;
    this.#session ??= new PortalSession({
      ...this.#options,
      env: readEnv(),
      connectTimeoutMs: Math.min(10_000, timeoutMs / 2),
      warn: this.#warn,
    });
    return { session: this.#session, exchange };
  }

  async #openDirectory(): Promise<Directory> {
    this.#assertOpen();
    this.#directory ??= import('./workspace/directory.ts').then(
      ({ Directory }) =>
        new Directory({
          ask: (question) => this.#ask(question),
          isLocal: this.#options.localBrokers !== undefined,
          findPrefix: async () => `${(await this.getBrokerCredentials()).workspaceId}-`,
          readEnv: this.#options.readEnv,
          tokens: this.#tokens,
        }),
    );
    return await this.#directory;
  }

  async #noteError<T>(run: () => Promise<T>): Promise<T> {
    try {
      const result = await run();
      this.#assertOpen();
      return result;
    } catch (error) {
      if (error instanceof QuixError && !this.#closed) {
        this.#lastError = { code: error.code, at: new Date() };
        log(this.#options.logger, 'error', error.message);
      }
      throw error;
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw this.#closed;
  }

  readonly #rejected = (token: Token): void => {
    log(this.#options.logger, 'warn', `The Portal rejected the token from ${token.source} (401).`);
    this.emit('tokenRejected', token.describe());
  };

  #accept(token: Token): void {
    const previous = this.#token;
    this.#token = token;
    this.#selector.accepted(token);
    if (!previous || previous.sameAs(token)) return;
    log(this.#options.logger, 'info', `The token from ${token.source} took over.`);
    this.emit('rotated', { previous: previous.describe(), current: token.describe() });
  }

  #credentialsChanged(
    credentials: BrokerCredentials,
    previous: BrokerCredentials | undefined,
  ): void {
    const { workspaceId, generation, securityProtocol, ca } = credentials;
    log(
      this.#options.logger,
      'info',
      `Broker credentials ${generation} of workspace ${workspaceId} obtained.`,
    );
    if (!securityProtocol.endsWith('SSL') && !this.#options.localBrokers) {
      this.#warn({
        code: 'BROKER_NOT_ENCRYPTED',
        about: workspaceId,
        message: `The broker of workspace ${workspaceId} is reached by ${securityProtocol}: nothing is encrypted on the way. Ask for TLS.`,
      });
    }
    if (previous && previous.ca !== ca) {
      this.#warn({
        code: 'CA_CHANGED',
        about: workspaceId,
        message: `The certificate authority of the brokers changed (generation ${generation}). New kafkajs connections use it; a librdkafka client must be made anew.`,
      });
    }
    this.emit('credentials', credentials);
  }
}

const isTokenProvider = (value: unknown): value is TokenProvider => typeof value === 'function';

function blankRotation(): never {
  throw new QuixError('QUIX_TOKEN_INVALID', 'The token given to rotateToken() is blank.', {
    hint: 'Pass the new token.',
  });
}

function rejectAborted(signal: AbortSignal): Promise<never> {
  return untilAborted(new Promise<never>(() => undefined), signal);
}
