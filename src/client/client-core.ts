import { untilAborted } from '../abort.ts';
import {
  CredentialCache,
  CredentialExchange,
  type BrokerCredentials,
} from '../credentials/index.ts';
import { QuixError } from '../errors.ts';
import { PortalSession } from '../portal/index.ts';
import {
  TokenSelector,
  valueSource,
  type TokenChain,
  type TokenProvider,
  type TokenSource,
} from '../token/index.ts';
import type { QuixWarning } from '../warnings.ts';
import { WorkspaceAccess, WorkspaceResources, type QuixTopic } from '../workspace/index.ts';
import { ActivityReporter } from './activity-reporter.ts';
import type { GetBrokerCredentialsOptions, GetTopicOptions } from './call-options.ts';
import type { ClientDescription } from './description.ts';
import type { QuixClientEvents, SafeEmitter } from './events.ts';
import type { ResolvedOptions } from './options.ts';

/** Limit for establishing a connection to the Portal, in milliseconds. */
const MAX_CONNECT_TIMEOUT_MS = 10_000;

/** Internals of a client. Creates the objects that do its work. */
export class ClientCore {
  readonly #options: ResolvedOptions;
  readonly #chain: TokenChain;
  readonly #reporter: ActivityReporter;
  readonly #session: PortalSession;
  readonly #resources: WorkspaceResources;
  readonly #exchange: CredentialExchange;
  readonly #cache: CredentialCache;
  #refusals = 0;
  #lastRotation: Promise<unknown> = Promise.resolve();
  #closed: QuixError | undefined;

  constructor(options: ResolvedOptions, chain: TokenChain, emitter: SafeEmitter<QuixClientEvents>) {
    const { localBrokers, readEnv, timeoutMs } = options;
    const observer = (this.#reporter = new ActivityReporter(options, emitter));
    const warn = (warning: QuixWarning): void => {
      observer.warn(warning);
    };
    this.#options = options;
    this.#chain = chain;
    const session = (this.#session = new PortalSession({
      ...options,
      env: readEnv(),
      connectTimeoutMs: Math.min(MAX_CONNECT_TIMEOUT_MS, timeoutMs / 2),
      tokens: new TokenSelector(chain, warn, options.tokenWarnings),
      observer,
    }));
    const workspace = new WorkspaceAccess(options.workspace, warn);
    this.#exchange = new CredentialExchange({
      session,
      workspace,
      localBrokers,
      workspaceId: options.workspace?.idOrName,
      observer,
    });
    this.#cache = new CredentialCache({
      exchange: this.#exchange,
      maxAgeMs: options.maxAgeMs,
      observer,
    });
    this.#resources = new WorkspaceResources({
      session,
      workspace,
      getWorkspaceId: async () => (await this.#cache.get()).workspaceId,
      isLocal: localBrokers !== undefined,
      readEnv,
    });
  }

  /** Not async, so that a call without options creates no promise if credentials are cached. */
  getCredentials(options?: GetBrokerCredentialsOptions): Promise<BrokerCredentials> {
    return options ? this.#getAbortable(options) : this.#cache.get();
  }

  invalidate(credentials: BrokerCredentials | undefined): void {
    if (this.#cache.invalidate(credentials)) this.#refusals++;
  }

  /** Runs a rotation after all earlier ones. */
  async rotate(next: unknown, signal: AbortSignal | undefined): Promise<BrokerCredentials> {
    signal?.throwIfAborted();
    if (this.#closed) throw this.#closed;
    const source = this.#rotationSource(next);
    const rotation = this.#lastRotation.then(() => {
      if (this.#closed) throw this.#closed;
      signal?.throwIfAborted();
      return this.#cache.rotate({ source, signal });
    });
    this.#lastRotation = rotation.catch(() => undefined);
    return await untilAborted(rotation, signal);
  }

  /** Runs an operation of the workspace. Its failure is logged even after `signal` has aborted. */
  async run<T>(
    operation: (resources: WorkspaceResources) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<Awaited<T>> {
    signal?.throwIfAborted();
    if (this.#closed) throw this.#closed;
    const result = operation(this.#resources);
    result.catch((error: unknown) => {
      this.#reporter.callFailed(error);
    });
    return await untilAborted(result, signal);
  }

  async getTopic(nameOrId: string, options: GetTopicOptions): Promise<QuixTopic> {
    const { signal, create = this.#options.autoCreateTopics, configuration } = options;
    const missing = { create, configuration };
    return await this.run((resources) => resources.getTopic(nameOrId, missing), signal);
  }

  describe(): ClientDescription {
    const { portal, localBrokers, workspace } = this.#options;
    const { current, ageMs, generation } = this.#cache;
    const { rotations, lastError } = this.#reporter;
    return {
      state: this.#state,
      ...(!localBrokers && { token: this.#session.token?.describe() ?? this.#chain.describe() }),
      ...(workspace && { workspaceId: workspace.idOrName }),
      portal: portal.origin,
      ...(localBrokers && { securityProtocol: 'PLAINTEXT' }),
      ...(current && {
        workspaceId: current.workspaceId,
        securityProtocol: current.securityProtocol,
        obtainedAt: current.obtainedAt,
        ageMs,
      }),
      generation,
      exchanges: this.#exchange.started,
      failures: this.#exchange.failed,
      requests: this.#session.requests,
      refusals: this.#refusals,
      rotations,
      ...(lastError && { lastError: { ...lastError } }),
    };
  }

  /** Logs and emits a warning. */
  warn(warning: QuixWarning): void {
    this.#reporter.warn(warning);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const closed = new QuixError('QUIX_CLIENT_CLOSED', 'The QuixStreamingClient is closed.', {
      hint: 'Create a new client.',
    });
    this.#closed = closed;
    this.#reporter.isClosed = true;
    this.#cache.close(closed);
    await this.#session.close(closed);
  }

  get #state(): ClientDescription['state'] {
    if (this.#closed) return 'closed';
    const { current, isExchanging, isRefused, isStale } = this.#cache;
    if (!current) return isExchanging ? 'exchanging' : 'idle';
    if (isRefused) return 'refused';
    return isStale ? 'stale' : 'ready';
  }

  async #getAbortable({
    signal,
    forceRefresh,
  }: GetBrokerCredentialsOptions): Promise<BrokerCredentials> {
    signal?.throwIfAborted();
    const credentials = this.#cache.get(forceRefresh);
    return await untilAborted(credentials, signal);
  }

  #rotationSource(next: unknown): TokenSource {
    if (this.#options.localBrokers) {
      throw new QuixError(
        'QUIX_CONFIG',
        'rotateToken() needs the Portal, but this client is configured for a local broker.',
        { hint: 'Remove brokerAddress and Quix__Broker__Address, or do not call the method.' },
      );
    }
    if (typeof next === 'string' || isTokenProvider(next)) return valueSource(next, 'rotateToken');
    throw new QuixError(
      'QUIX_CONFIG',
      'The argument of rotateToken() is neither a string nor a function.',
      { hint: 'Pass the new token, or a function that returns it.' },
    );
  }
}

const isTokenProvider = (value: unknown): value is TokenProvider => typeof value === 'function';
