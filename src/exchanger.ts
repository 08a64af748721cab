import {
  CredentialCache,
  type BrokerCredentials,
  type ExchangeAnswer,
} from './credentials/index.ts';
import { exchange, type ExchangeResult } from './credentials/exchange.ts';
import { traceExchange } from './credentials/exchange-trace.ts';
import type { ClientDescription } from './describe.ts';
import { QuixError } from './errors.ts';
import type { QuixClientEvents, SafeEmitter } from './events.ts';
import { log } from './logger.ts';
import type { ResolvedOptions } from './options.ts';
import {
  givenSource,
  TokenSelector,
  type Token,
  type TokenChain,
  type TokenProvider,
  type TokenSource,
} from './token/index.ts';
import type { QuixWarning, QuixWarningCode } from './warnings.ts';
import type { Directory } from './workspace/directory.ts';
import { PortalSession, type Answer, type QuestionTokens } from './workspace/portal-session.ts';

/** Stands for the workspace of a local broker where none was named. */
const LOCAL_WORKSPACE = 'local';

/** Warnings about an event. Each one is emitted. Exchanges repeat the others, so those are emitted once. */
const REPEATED_WARNINGS: ReadonlySet<QuixWarningCode> = new Set([
  'TOKEN_FILE_UNREADABLE',
  'CA_CHANGED',
  'KAFKA_CLIENT_OUTDATED',
  'KAFKA_LOGIN_REFUSED',
]);

/** What an {@link Exchanger} is given by its client. */
export interface ExchangerOptions {
  readonly options: ResolvedOptions;
  readonly chain: TokenChain;
  /** The client: who listens to it is told. */
  readonly events: SafeEmitter<QuixClientEvents>;
}

/**
 * All that a client needs once something was asked of it: token, Portal and cache, wired together.
 * The first call of the client loads this file, and with it everything that speaks to the Portal.
 */
export class Exchanger {
  readonly #options: ResolvedOptions;
  readonly #chain: TokenChain;
  readonly #events: SafeEmitter<QuixClientEvents>;
  readonly #selector: TokenSelector;
  readonly #session: PortalSession;
  readonly #cache: CredentialCache;
  readonly #warned = new Set<string>();
  #directory: Promise<Directory> | undefined;
  #token: Token | undefined;
  #rotations: Promise<unknown> = Promise.resolve();
  readonly #counted = { exchanges: 0, failures: 0, refusals: 0, rotations: 0 };
  #lastError: ClientDescription['lastError'];
  #closed: QuixError | undefined;

  constructor({ options, chain, events }: ExchangerOptions) {
    this.#options = options;
    this.#chain = chain;
    this.#events = events;
    this.#selector = new TokenSelector(chain, this.#warn, options.tokenWarnings);
    this.#session = new PortalSession({
      ...options,
      env: options.readEnv(),
      connectTimeoutMs: Math.min(10_000, options.timeoutMs / 2),
      warn: this.#warn,
      debug: (message) => {
        log(options.logger, 'debug', message);
      },
    });
    this.#cache = new CredentialCache({
      exchange: () => this.#exchange(),
      maxAgeMs: options.maxAgeMs ?? undefined,
      onChange: (credentials, previous) => {
        this.#credentialsChanged(credentials, previous);
      },
      onRefreshFailed: (error) => {
        events.emit('refreshFailed', error);
      },
    });
  }

  /** See {@link CredentialCache.get}. */
  get(forceRefresh?: boolean): Promise<BrokerCredentials> {
    return this.#cache.get(forceRefresh);
  }

  /** See {@link CredentialCache.invalidate}. */
  invalidate(credentials?: BrokerCredentials): void {
    if (this.#cache.invalidate(credentials)) this.#counted.refusals++;
  }

  /** One rotation after the other; each exchanges its token before anything is changed. */
  rotate(next: string | TokenProvider, signal?: AbortSignal): Promise<BrokerCredentials> {
    const rotation = this.#rotations.then(() => this.#rotate(next, signal));
    this.#rotations = rotation.catch(() => undefined);
    return rotation;
  }

  /** What knows topics and groups, loaded when one of them is first asked for. */
  async openDirectory(): Promise<Directory> {
    this.#directory ??= import('./workspace/directory.ts').then(
      ({ Directory }) =>
        new Directory({
          ask: (question) => this.#ask(question),
          isLocal: this.#options.localBrokers !== undefined,
          findPrefix: async () => `${(await this.get()).workspaceId}-`,
          readEnv: this.#options.readEnv,
          tokens: this.#tokens,
        }),
    );
    return await this.#directory;
  }

  /** What is known beyond the options. */
  describe(): Omit<ClientDescription, 'portal'> {
    const { current, ageMs, generation } = this.#cache;
    const token = this.#token?.describe();
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
      ...this.#counted,
      requests: this.#session.requests,
      ...(this.#lastError && { lastError: { ...this.#lastError } }),
    };
  }

  /** Logs and emits a warning, once unless it reports an event. */
  warn(warning: QuixWarning): void {
    this.#warn(warning);
  }

  async close(reason: QuixError): Promise<void> {
    this.#closed = reason;
    this.#cache.close(reason);
    await this.#session.close(reason);
  }

  get #state(): ClientDescription['state'] {
    const { current, isExchanging, isRefused, isStale } = this.#cache;
    if (!current) return isExchanging ? 'exchanging' : 'idle';
    if (isRefused) return 'refused';
    return isStale ? 'stale' : 'ready';
  }

  readonly #warn = (warning: QuixWarning): void => {
    const key = `${warning.code} ${warning.about}`;
    if (!REPEATED_WARNINGS.has(warning.code) && this.#warned.has(key)) return;
    this.#warned.add(key);
    log(this.#options.logger, 'warn', warning.message);
    this.#events.emit('warning', warning);
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

  /** One exchange: counted, and told to who traces them. */
  async #askForCredentials(tokens: QuestionTokens): Promise<ExchangeResult> {
    this.#counted.exchanges++;
    try {
      return await this.#noteError(() =>
        traceExchange(this.#options.portal.origin, () => exchange(this.#session, tokens)),
      );
    } catch (error) {
      this.#counted.failures++;
      throw error;
    }
  }

  /** Another question than that for credentials; a token that took over for it stays. */
  async #ask<T>(question: (session: PortalSession) => Promise<Answer<T>>): Promise<T> {
    const { value, token } = await this.#noteError(() => question(this.#session));
    this.#accept(token);
    return value;
  }

  async #noteError<T>(run: () => Promise<T>): Promise<T> {
    this.#assertOpen();
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
    this.#events.emit('tokenRejected', token.describe());
  };

  #accept(token: Token): void {
    const previous = this.#token;
    this.#token = token;
    this.#selector.accepted(token);
    if (!previous || previous.sameAs(token)) return;
    this.#counted.rotations++;
    log(this.#options.logger, 'info', `The token from ${token.source} took over.`);
    this.#events.emit('rotated', { previous: previous.describe(), current: token.describe() });
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
    this.#events.emit('credentials', credentials);
  }
}

const isTokenProvider = (value: unknown): value is TokenProvider => typeof value === 'function';

function blankRotation(): never {
  throw new QuixError('QUIX_TOKEN_INVALID', 'The token given to rotateToken() is blank.', {
    hint: 'Pass the new token.',
  });
}
