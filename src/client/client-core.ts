import { untilAborted } from '../abort.ts';
import { CredentialCache, CredentialExchange } from '../credentials/index.ts';
import type { BrokerCredentials, CredentialObserver } from '../credentials/index.ts';
import { QuixError } from '../errors.ts';
import { log } from '../logger.ts';
import { PortalSession, type PortalObserver } from '../portal/index.ts';
import {
  TokenSelector,
  valueSource,
  type Token,
  type TokenChain,
  type TokenProvider,
  type TokenSource,
} from '../token/index.ts';
import type { QuixWarning, QuixWarningCode } from '../warnings.ts';
import { prefixedName, WorkspaceAccess, WorkspaceResources } from '../workspace/index.ts';
import type { GetBrokerCredentialsOptions } from './call-options.ts';
import type { ClientDescription } from './description.ts';
import type { QuixClientEvents, SafeEmitter } from './events.ts';
import type { ResolvedOptions } from './options.ts';

/**
 * Codes of warnings that are emitted each time. Other warnings describe a lasting state and are
 * emitted once per subject.
 */
const INCIDENTS: readonly QuixWarningCode[] = [
  'TOKEN_FILE_UNREADABLE',
  'CA_CHANGED',
  'KAFKA_CLIENT_OUTDATED',
  'KAFKA_LOGIN_REFUSED',
];

/** Limit for establishing a connection to the Portal, in milliseconds. */
const MAX_CONNECT_TIMEOUT_MS = 10_000;

/**
 * Internals of a client, created on first use. Reports their activity as events, log lines and
 * counters.
 */
export class ClientCore implements PortalObserver, CredentialObserver {
  readonly #options: ResolvedOptions;
  readonly #events: SafeEmitter<QuixClientEvents>;
  readonly #session: PortalSession;
  readonly #exchange: CredentialExchange;
  readonly #emittedWarnings = new Set<string>();
  readonly #cache: CredentialCache;
  readonly resources: WorkspaceResources;
  #refusals = 0;
  #rotations = 0;
  #lastRotation: Promise<unknown> = Promise.resolve();
  #lastFailure: unknown;
  #lastError: ClientDescription['lastError'];
  #closed: QuixError | undefined;

  /** @param events - The client, which emits the events. */
  constructor(options: ResolvedOptions, chain: TokenChain, events: SafeEmitter<QuixClientEvents>) {
    const warn = (warning: QuixWarning): void => {
      this.warn(warning);
    };
    const { localBrokers, workspaceId, readEnv, timeoutMs } = options;
    this.#options = options;
    this.#events = events;
    const session = (this.#session = new PortalSession({
      ...options,
      env: readEnv(),
      connectTimeoutMs: Math.min(MAX_CONNECT_TIMEOUT_MS, timeoutMs / 2),
      tokens: new TokenSelector(chain, warn, options.tokenWarnings),
      observer: this,
    }));
    const workspace = new WorkspaceAccess(options.workspace, warn);
    this.resources = new WorkspaceResources({
      session,
      workspace,
      isLocal: localBrokers !== undefined,
      readEnv,
    });
    this.#exchange = new CredentialExchange({ session, workspace, localBrokers, workspaceId });
    this.#cache = new CredentialCache({
      exchange: this.#exchange,
      maxAgeMs: options.maxAgeMs,
      observer: this,
    });
  }

  /** Not async, so that a cached call creates no promise. */
  getCredentials(options?: GetBrokerCredentialsOptions): Promise<BrokerCredentials> {
    return options ? this.#getAbortable(options) : this.#cache.get();
  }

  invalidate(credentials: BrokerCredentials | undefined): void {
    if (this.#cache.invalidate(credentials)) this.#refusals++;
  }

  /** Runs a rotation after all earlier ones. */
  rotate(next: unknown, signal: AbortSignal | undefined): Promise<BrokerCredentials> {
    const source = this.#rotationSource(next);
    const rotation = this.#lastRotation.then(() => {
      if (this.#closed) throw this.#closed;
      signal?.throwIfAborted();
      return this.#cache.rotate({ source, signal });
    });
    this.#lastRotation = rotation.catch(() => undefined);
    return rotation;
  }

  /** Adds the prefix of the workspace to a name. A local broker needs none. */
  async addPrefix(name: string): Promise<string> {
    if (this.#options.localBrokers) return name;
    const { workspaceId } = await this.#cache.get();
    return prefixedName(`${workspaceId}-`, name);
  }

  /** Logs the failure of an operation and remembers it for `describe()`. */
  async track<T>(operation: Promise<T>): Promise<T> {
    try {
      return await operation;
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  /** Describes everything that is known beyond the options. */
  describe(): Omit<ClientDescription, 'portal'> {
    const { current, ageMs, generation } = this.#cache;
    const token = this.#session.token?.describe();
    return {
      state: this.#state,
      ...(token && { token }),
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
      rotations: this.#rotations,
      ...(this.#lastError && { lastError: { ...this.#lastError } }),
    };
  }

  async close(reason: QuixError): Promise<void> {
    this.#closed = reason;
    this.#cache.close(reason);
    await this.#session.close(reason);
  }

  warn(warning: QuixWarning): void {
    const key = `${warning.code} ${warning.about}`;
    if (this.#emittedWarnings.has(key) && !INCIDENTS.includes(warning.code)) return;
    this.#emittedWarnings.add(key);
    log(this.#options.logger, 'warn', warning.message);
    this.#events.emit('warning', warning);
  }

  debug(message: string): void {
    log(this.#options.logger, 'debug', message);
  }

  tokenRejected(token: Token): void {
    log(this.#options.logger, 'warn', `The Portal rejected the token from ${token.source} (401).`);
    this.#events.emit('tokenRejected', token.describe());
  }

  tokenChanged(previous: Token, current: Token): void {
    this.#rotations++;
    log(this.#options.logger, 'info', `The token from ${current.source} is now in use.`);
    this.#events.emit('rotated', { previous: previous.describe(), current: current.describe() });
  }

  failed(error: unknown): void {
    // Callers that share an operation get the same error object.
    if (error === this.#lastFailure || !(error instanceof QuixError) || this.#closed) return;
    this.#lastFailure = error;
    this.#lastError = { code: error.code, at: new Date() };
    log(this.#options.logger, 'error', error.message);
  }

  credentialsChanged(
    credentials: BrokerCredentials,
    previous: BrokerCredentials | undefined,
  ): void {
    const { workspaceId, generation, securityProtocol, ca } = credentials;
    log(
      this.#options.logger,
      'info',
      `Obtained broker credentials of workspace ${workspaceId} (generation ${generation}).`,
    );
    if (!securityProtocol.endsWith('SSL') && !this.#options.localBrokers) {
      this.warn({
        code: 'BROKER_NOT_ENCRYPTED',
        about: workspaceId,
        message: `Connections to the broker of workspace ${workspaceId} are not encrypted (${securityProtocol}). Ask the administrator of the broker to enable TLS.`,
      });
    }
    if (previous && previous.ca !== ca) {
      this.warn({
        code: 'CA_CHANGED',
        about: workspaceId,
        message: `The certificate authority of the brokers changed (generation ${generation}). New connections of kafkajs and @platformatic/kafka use it. Create librdkafka clients again.`,
      });
    }
    this.#events.emit('credentials', credentials);
  }

  refreshFailed(error: QuixError): void {
    this.#events.emit('refreshFailed', error);
  }

  get #state(): ClientDescription['state'] {
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
    return await (signal ? untilAborted(credentials, signal) : credentials);
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
      { hint: 'Pass the new token.' },
    );
  }
}

const isTokenProvider = (value: unknown): value is TokenProvider => typeof value === 'function';
