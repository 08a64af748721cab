import { untilAborted } from '../abort.ts';
import { QuixError } from '../errors.ts';
import { reentryError, type ReentryGuard } from '../token/index.ts';
import { BrokerCredentials, type BrokerSettings } from './broker-credentials.ts';
import type { CredentialExchange, Rotation } from './credential-exchange.ts';
import { Refusal } from './refusal.ts';

/** Minimum time from a failed exchange to the next background refresh, in milliseconds. */
const REFRESH_PAUSE_MS = 30_000;
/** Upper limit for a pause that the Portal requests with Retry-After, in milliseconds. */
const MAX_PAUSE_MS = 60_000;

/** Receives changes of the cached credentials. */
export interface CredentialObserver {
  /** Called for the first credentials, and for credentials that differ from `previous`. */
  credentialsChanged(credentials: BrokerCredentials, previous: BrokerCredentials | undefined): void;
  /** Called when an exchange fails while credentials are cached. Rotations do not count. */
  refreshFailed(error: QuixError): void;
}

export interface CredentialCacheOptions {
  readonly exchange: Pick<CredentialExchange, 'run'>;
  /** Age in milliseconds after which a call refreshes in the background. `undefined`: never. */
  readonly maxAgeMs: number | undefined;
  /** Whether the credentials are from the option `brokerAddress`. Changes messages only. */
  readonly isLocal?: boolean;
  readonly observer: CredentialObserver;
  /** Detects calls from inside a token function. An exchange may be waiting for that function. */
  readonly functionGuard?: Pick<ReentryGuard, 'isInside'>;
}

/**
 * Keeps the newest credentials. Concurrent calls share one exchange. Exchanges are numbered in the
 * order in which they start. The result of an exchange is discarded if an invalidation, a rotation
 * or a later exchange has superseded it.
 */
export class CredentialCache {
  current: BrokerCredentials | undefined;
  /** Number of exchanges with a result that became `current`. */
  generation = 0;
  readonly #options: CredentialCacheOptions;
  /** `current` as a resolved promise, so that a cached call creates no promise. */
  #resolved: Promise<BrokerCredentials> | undefined;
  /** Time at which `current` was installed. */
  #installedAt = 0;
  /** The running exchange, unless it is superseded. */
  #running: Promise<BrokerCredentials> | undefined;
  /** Number of the exchange that was started last. */
  #lastStarted = 0;
  /** All exchanges up to this number are superseded. */
  #supersededUpTo = 0;
  /** Number of the exchange that returned `current`. */
  #lastInstalled = 0;
  #refusal: Refusal | undefined;
  /** The Portal's error with a Retry-After, and the time at which the next exchange may start. */
  #pause: { readonly error: QuixError; readonly until: number } | undefined;
  /** Earliest time of the next background refresh. */
  #nextRefreshAt = 0;
  /** Whether a refresh has failed since the last success, with an error that is not retryable. */
  #hasFailedPermanently = false;
  /** Error for all calls after `close()`. */
  #closed: QuixError | undefined;

  constructor(options: CredentialCacheOptions) {
    this.#options = options;
  }

  /** Time since the newest credentials were installed. */
  get ageMs(): number {
    return Math.round(performance.now() - this.#installedAt);
  }

  /** Whether an exchange is running that is not superseded. Ignores rotations. */
  get isExchanging(): boolean {
    return this.#running !== undefined;
  }

  /** Whether Kafka refused the current credentials and no exchange has succeeded since. */
  get isRefused(): boolean {
    return this.#refusal?.isPending === true;
  }

  /** Whether the credentials are too old, or a later exchange has failed permanently. */
  get isStale(): boolean {
    return this.#hasFailedPermanently || this.#isTooOld;
  }

  /**
   * Returns cached or new credentials. Not async, so that a cached call creates no promise. If
   * `signal` aborts, only this call rejects. A running exchange continues.
   */
  get(forceRefresh = false, signal?: AbortSignal): Promise<BrokerCredentials> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#resolved && !this.isRefused && !forceRefresh) {
      if (this.#isTooOld && !this.#running && performance.now() >= this.#nextRefreshAt) {
        this.#start().catch(() => undefined); // the observer reports the failure
      }
      return this.#resolved;
    }
    if (this.#options.functionGuard?.isInside) return Promise.reject(reentryError());
    const exchange = this.#running ?? this.#start();
    return signal ? untilAborted(exchange, signal) : exchange;
  }

  /** Marks the current credentials as refused. Returns `false` if outdated or already marked. */
  invalidate(credentials: BrokerCredentials | undefined = this.current): boolean {
    if (!credentials || credentials !== this.current || this.isRefused) return false;
    this.#refusal = new Refusal(credentials, this.#refusal, this.#options.isLocal);
    this.#supersedeRunning();
    return true;
  }

  /**
   * Runs an exchange with another token source. Its success supersedes the running exchange. If it
   * has been superseded itself, resolves to newer credentials.
   */
  async rotate(rotation: Rotation): Promise<BrokerCredentials> {
    const number = ++this.#lastStarted;
    const settings = await this.#options.exchange.run({ rotation });
    if (this.#closed) throw this.#closed;
    if (number <= this.#supersededUpTo || number < this.#lastInstalled) return await this.get();
    this.#supersedeRunning();
    return this.#install(number, settings);
  }

  /** Discards the credentials. All later calls fail with `reason`. */
  close(reason: QuixError): void {
    this.#closed = reason;
    this.#supersedeRunning();
    this.current = this.#resolved = this.#refusal = undefined;
  }

  get #isTooOld(): boolean {
    const { maxAgeMs } = this.#options;
    return this.current !== undefined && maxAgeMs !== undefined && this.ageMs >= maxAgeMs;
  }

  #supersedeRunning(): void {
    this.#supersededUpTo = this.#lastStarted;
    this.#running = undefined;
  }

  #start(): Promise<BrokerCredentials> {
    const refused = this.#refusal?.cooldownError();
    if (refused) return Promise.reject(refused);
    const pausedMs = this.#pause ? Math.ceil(this.#pause.until - performance.now()) : 0;
    if (this.#pause && pausedMs > 0) {
      // During a pause, even a forced refresh returns the cached credentials.
      const cached = this.isRefused ? undefined : this.#resolved;
      return cached ?? Promise.reject(this.#pause.error.copy({ retryAfterMs: pausedMs }));
    }
    let follow!: (exchange: Promise<BrokerCredentials>) => void;
    const running = new Promise<BrokerCredentials>((resolve) => {
      follow = resolve;
    });
    // Prevents an unhandled rejection if all callers have aborted.
    running.catch(() => undefined);
    // Set before the exchange runs, so that a call by a subscriber of the tracing channel joins it.
    this.#running = running;
    follow(this.#run(++this.#lastStarted));
    return running;
  }

  async #run(number: number): Promise<BrokerCredentials> {
    const [result] = await Promise.allSettled([
      this.#options.exchange.run({ isUrgent: this.isRefused }),
    ]);
    if (this.#closed) throw this.#closed;
    // Callers of a superseded exchange get newer credentials.
    if (number <= this.#supersededUpTo) return await this.get();
    this.#running = undefined;
    return result.status === 'fulfilled'
      ? this.#install(number, result.value)
      : this.#handleFailure(result.reason);
  }

  #install(number: number, settings: BrokerSettings): BrokerCredentials {
    const previous = this.current;
    const generation = ++this.generation;
    const credentials = new BrokerCredentials(settings, { generation, obtainedAt: new Date() });
    this.#lastInstalled = number;
    this.current = credentials;
    this.#resolved = Promise.resolve(credentials);
    this.#installedAt = performance.now();
    this.#hasFailedPermanently = false;
    this.#pause = undefined;
    this.#refusal = this.#refusal?.afterExchange(credentials);
    if (!previous?.sameAs(credentials)) {
      this.#options.observer.credentialsChanged(credentials, previous);
    }
    return credentials;
  }

  /** Returns the cached credentials if Kafka did not refuse them and `error` is temporary. */
  #handleFailure(error: unknown): BrokerCredentials {
    if (!(error instanceof QuixError)) throw error;
    const { retryAfterMs } = error;
    const now = performance.now();
    if (retryAfterMs !== undefined) {
      this.#pause = { error, until: now + Math.min(retryAfterMs, MAX_PAUSE_MS) };
    }
    if (!this.current) throw error;
    this.#nextRefreshAt = now + REFRESH_PAUSE_MS;
    this.#options.observer.refreshFailed(error);
    this.#refusal?.afterFailure(error);
    if (this.isRefused) throw error;
    if (error.retryable) return this.current;
    this.#hasFailedPermanently = true;
    throw error;
  }
}
