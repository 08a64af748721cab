import { untilAborted } from '../abort.ts';
import { CredentialCache, CredentialExchange } from '../credentials/index.ts';
import type { BrokerCredentials } from '../credentials/index.ts';
import { QuixError } from '../errors.ts';
import { fetchWithToken, PortalSession, readCurrentToken } from '../portal/index.ts';
import { reentryError, TokenSelector, valueSource } from '../token/index.ts';
import type { TokenChain, TokenProvider } from '../token/index.ts';
import {
  localBrokerError,
  WorkspaceAccess,
  WorkspaceResources,
  type QuixTopic,
} from '../workspace/index.ts';
import { ActivityReporter } from './activity-reporter.ts';
import { checkCallOptions } from './call-options.ts';
import type { ClientDescription } from './client-description.ts';
import type { QuixClientEvents, SafeEmitter } from './events.ts';
import type { GetBrokerCredentialsOptions, GetTopicOptions, ResolvedOptions } from './options.ts';

/** Internals of a client. Creates the objects that do its work. */
export class ClientCore {
  readonly #options: ResolvedOptions;
  readonly #chain: TokenChain;
  readonly reporter: ActivityReporter;
  readonly #session: PortalSession;
  readonly #resources: WorkspaceResources;
  readonly #exchange: CredentialExchange;
  readonly #cache: CredentialCache;
  #refusals = 0;
  #lastRotation: Promise<unknown> = Promise.resolve();
  #closed: QuixError | undefined;

  constructor(options: ResolvedOptions, chain: TokenChain, emitter: SafeEmitter<QuixClientEvents>) {
    const { localBroker, readEnv, timeoutMs, maxAgeMs } = options;
    const reporter = (this.reporter = new ActivityReporter(
      options,
      emitter,
      () => this.#session.token,
    ));
    const warn = reporter.warn.bind(reporter);
    this.#options = options;
    this.#chain = chain;
    const session = (this.#session = new PortalSession({
      ...options,
      env: readEnv(),
      connectTimeoutMs: Math.min(10_000, timeoutMs / 2),
      tokens: new TokenSelector(chain, warn, options.tokenWarnings),
      observer: reporter,
    }));
    const workspace = new WorkspaceAccess(options.workspace, warn);
    const exchangeOptions = { session, workspace, localBroker, observer: reporter };
    const exchange = (this.#exchange = new CredentialExchange(exchangeOptions));
    this.#cache = new CredentialCache({
      exchange,
      maxAgeMs,
      isLocal: localBroker !== undefined,
      observer: reporter,
      functionGuard: chain.functionGuard,
    });
    this.#resources = new WorkspaceResources({
      session,
      workspace,
      topicTimeoutMs: options.topicTimeoutMs,
      getWorkspaceId: async () => (await this.#cache.get()).workspaceId,
      isLocal: localBroker !== undefined,
      readEnv,
    });
  }

  /** Not async, so that a call without options creates no promise if credentials are cached. */
  getCredentials(options?: GetBrokerCredentialsOptions): Promise<BrokerCredentials> {
    return options ? this.#getWithOptions(options) : this.#cache.get();
  }

  invalidate(credentials: BrokerCredentials | undefined): void {
    if (this.#cache.invalidate(credentials)) this.#refusals++;
  }

  /** Runs a rotation after all earlier ones. */
  async rotate(
    next: string | TokenProvider,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<BrokerCredentials> {
    const { signal } = checkCallOptions('rotateToken', options);
    signal?.throwIfAborted();
    if (this.#closed) throw this.#closed;
    if (this.#options.localBroker) throw localBrokerError('rotateToken');
    if (typeof next !== 'string' && typeof next !== 'function') {
      const problem = 'The argument of rotateToken() is neither a string nor a function.';
      const hint = 'Pass the new token, or a function that returns it.';
      throw new QuixError('QUIX_CONFIG', problem, { hint });
    }
    if (this.#chain.functionGuard.isInside) throw reentryError();
    if (this.#exchange.subscriberGuard.isInside) {
      const summary =
        'A subscriber of the tracing channel called rotateToken() of the same client.';
      const hint =
        'Call rotateToken() outside of subscribers, because each rotation publishes to the channel again.';
      throw new QuixError('QUIX_TOKEN_SOURCE_FAILED', summary, { hint });
    }
    const source = valueSource(next, 'rotateToken', this.#chain.functionGuard);
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
    if (this.#chain.functionGuard.isInside) throw reentryError();
    const result = operation(this.#resources);
    result.catch((error: unknown) => {
      this.reporter.operationFailed(error);
    });
    return await untilAborted(result, signal);
  }

  async getTopic(nameOrId: string, options?: GetTopicOptions): Promise<QuixTopic> {
    const checked = checkCallOptions('getTopic', options);
    const { signal, create = this.#options.autoCreateTopics, configuration } = checked;
    const topicOptions = { create, configuration };
    return await this.run((resources) => resources.getTopic(nameOrId, topicOptions), signal);
  }

  async getToken(options?: { readonly signal?: AbortSignal | undefined }): Promise<string> {
    const { signal } = checkCallOptions('getToken', options);
    return (await this.run(() => readCurrentToken(this.#session), signal)).reveal();
  }

  async fetch(input: string | URL | Request, init: RequestInit | undefined): Promise<Response> {
    const { services } = this.#options;
    return await this.run(() => fetchWithToken(this.#session, services, input, init));
  }

  describe(): ClientDescription {
    const { portal, localBroker, workspace } = this.#options;
    const { current, ageMs, generation } = this.#cache;
    const { rotations, logins, lastError } = this.reporter;
    const { token, tokenInUseSince } = this.#session;
    const fallbackToken = localBroker ? undefined : this.#chain.describeFallback();
    return {
      state: this.#state,
      ...(!localBroker && { token: token?.describe() ?? this.#chain.describe() }),
      ...(tokenInUseSince && { tokenInUseSince }),
      ...(fallbackToken && { fallbackToken }),
      ...(workspace && { workspaceId: workspace.idOrName }),
      portal: portal.origin,
      ...(localBroker && { securityProtocol: localBroker.securityProtocol }),
      ...(current && {
        workspaceId: current.workspaceId,
        securityProtocol: current.securityProtocol,
        ...(current.clientId !== undefined && { clientId: current.clientId }),
        obtainedAt: current.obtainedAt,
        ageMs,
      }),
      generation,
      exchanges: this.#exchange.started,
      failures: this.#exchange.failed,
      requests: this.#session.requests,
      refusals: this.#refusals,
      rotations,
      logins,
      ...(lastError && { lastError: { ...lastError } }),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = new QuixError('QUIX_CLIENT_CLOSED', 'The QuixStreamingClient is closed.', {
      hint: 'Create a new client.',
    });
    this.reporter.isClosed = true;
    this.#cache.close(this.#closed);
    await this.#session.close(this.#closed);
  }

  get #state(): ClientDescription['state'] {
    if (this.#closed) return 'closed';
    const { current, isExchanging, isRefused, isStale } = this.#cache;
    if (!current) return isExchanging ? 'exchanging' : 'idle';
    if (isRefused) return 'refused';
    return isStale ? 'stale' : 'ready';
  }

  async #getWithOptions(options: GetBrokerCredentialsOptions): Promise<BrokerCredentials> {
    const { signal, forceRefresh } = checkCallOptions('getBrokerCredentials', options);
    signal?.throwIfAborted();
    return await this.#cache.get(forceRefresh, signal);
  }
}
