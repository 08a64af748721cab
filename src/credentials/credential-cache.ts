import { QuixError } from '../errors.ts';
import { BrokerCredentials, type BrokerSettings } from './broker-credentials.ts';
import type { CredentialExchange, RotationOptions } from './credential-exchange.ts';
import { Refusal } from './refusal.ts';

/** Wait after a failed background refresh before the next one, in milliseconds. */
const REFRESH_PAUSE_MS = 30_000;
/** Upper limit for honouring Retry-After across calls, in milliseconds. */
const MAX_PAUSE_MS = 60_000;

/** Receives changes of the cached credentials. */
export interface CredentialObserver {
  /** Called for the first credentials, and for credentials that differ from `previous`. */
  credentialsChanged(credentials: BrokerCredentials, previous: BrokerCredentials | undefined): void;
  /** Called when an exchange failed while credentials were cached. */
  refreshFailed(error: QuixError): void;
}

/** Options of a {@link CredentialCache}. */
export interface CredentialCacheOptions {
  readonly exchange: Pick<CredentialExchange, 'run'>;
  /**
   * Age in milliseconds after which a call refreshes in the background. `undefined` means never.
   */
  readonly maxAgeMs: number | undefined;
  readonly observer: CredentialObserver;
}

/** A running exchange. */
interface Exchange {
  readonly number: number;
  readonly promise: Promise<BrokerCredentials>;
}

/**
 * Keeps the newest credentials. Callers share one exchange.
 *
 * Exchanges are numbered in the order in which they start. The result of an exchange is used only
 * if no result of a later exchange was installed and no credentials were invalidated since it
 * started.
 */
export class CredentialCache {
  readonly #options: CredentialCacheOptions;
  #current: BrokerCredentials | undefined;
  /** `#current` as a resolved promise, so that a cached call creates no promise. */
  #resolved: Promise<BrokerCredentials> | undefined;
  #currentSince = 0;
  #generation = 0;
  #running: Exchange | undefined;
  /** Number of the last exchange that was started. */
  #started = 0;
  /** Exchanges up to this number are superseded by an invalidation, a rotation or `close()`. */
  #outdated = 0;
  /** Number of the exchange that `#current` is from. */
  #installed = 0;
  #refusal: Refusal | undefined;
  /** End of the time that the Portal asked to wait, and the error for calls until then. */
  #pause: { readonly error: QuixError; readonly until: number } | undefined;
  #refreshAfter = 0;
  /**
   * Whether the last exchange failed permanently, for example because the Portal rejected the
   * token.
   */
  #isRejected = false;
  #closed: QuixError | undefined;

  constructor(options: CredentialCacheOptions) {
    this.#options = options;
  }

  get current(): BrokerCredentials | undefined {
    return this.#current;
  }

  get ageMs(): number {
    return Math.round(performance.now() - this.#currentSince);
  }

  get generation(): number {
    return this.#generation;
  }

  get isExchanging(): boolean {
    return this.#running !== undefined;
  }

  /** Whether Kafka refused the credentials and the Portal has not answered since. */
  get isRefused(): boolean {
    return this.#refusal?.isPending === true;
  }

  /** Whether the credentials should be renewed. */
  get isStale(): boolean {
    return this.#isRejected || this.#isTooOld;
  }

  /**
   * Returns the cached credentials, or those of an exchange. Not async, so that a cached call
   * creates no promise.
   */
  get(forceRefresh = false): Promise<BrokerCredentials> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#resolved && !this.isRefused && !forceRefresh) {
      if (this.#isTooOld) this.#refreshInBackground();
      return this.#resolved;
    }
    return this.#running?.promise ?? this.#start();
  }

  /**
   * Marks credentials as refused by Kafka, so that the next call starts an exchange. Ignores
   * credentials that are not current, and those that are marked already. Returns whether it changed
   * anything.
   */
  invalidate(credentials: BrokerCredentials | undefined = this.#current): boolean {
    if (!credentials || credentials !== this.#current || this.isRefused) return false;
    this.#refusal = Refusal.of(credentials, this.#refusal);
    this.#outdateRunning();
    return true;
  }

  /**
   * Installs the credentials of an exchange with another token. A running exchange is superseded.
   * If newer credentials were installed meanwhile, or the current ones were refused, resolves to
   * the newest ones.
   */
  async rotate(rotation: RotationOptions): Promise<BrokerCredentials> {
    const number = ++this.#started;
    const settings = await this.#options.exchange.run(rotation);
    if (this.#closed) throw this.#closed;
    if (number <= this.#outdated || number < this.#installed) return await this.get();
    this.#outdateRunning();
    return this.#install(number, settings);
  }

  close(reason: QuixError): void {
    this.#closed = reason;
    this.#outdateRunning();
    this.#current = this.#resolved = this.#refusal = undefined;
  }

  get #isTooOld(): boolean {
    const { maxAgeMs } = this.#options;
    return this.#current !== undefined && maxAgeMs !== undefined && this.ageMs >= maxAgeMs;
  }

  #outdateRunning(): void {
    this.#outdated = this.#started;
    this.#running = undefined;
  }

  #start(): Promise<BrokerCredentials> {
    const refused = this.#refusal?.waitError();
    if (refused) return Promise.reject(refused);
    const pausedMs = this.#pause ? Math.ceil(this.#pause.until - performance.now()) : 0;
    if (this.#pause && pausedMs > 0) {
      const lastGood = this.isRefused ? undefined : this.#resolved;
      return lastGood ?? Promise.reject(this.#pause.error.copy({ retryAfterMs: pausedMs }));
    }
    const number = ++this.#started;
    const promise = this.#run(number);
    promise.catch(() => undefined); // prevents an unhandled rejection when all callers have aborted
    this.#running = { number, promise };
    return promise;
  }

  async #run(number: number): Promise<BrokerCredentials> {
    let settings: BrokerSettings | undefined;
    let failure: unknown;
    try {
      settings = await this.#options.exchange.run();
    } catch (error) {
      failure = error;
    }
    if (this.#running?.number === number) this.#running = undefined;
    if (this.#closed) throw this.#closed;
    // An outdated exchange settles like the newer one.
    if (number <= this.#outdated) return await this.get();
    return settings ? this.#install(number, settings) : this.#fail(failure);
  }

  #install(number: number, settings: BrokerSettings): BrokerCredentials {
    const previous = this.#current;
    const credentials = new BrokerCredentials(settings, {
      generation: ++this.#generation,
      obtainedAt: new Date(),
    });
    this.#installed = number;
    this.#current = credentials;
    this.#resolved = Promise.resolve(credentials);
    this.#currentSince = performance.now();
    this.#isRejected = false;
    this.#pause = undefined;
    this.#refusal = this.#refusal?.after(credentials);
    if (!previous?.sameAs(credentials)) {
      this.#options.observer.credentialsChanged(credentials, previous);
    }
    return credentials;
  }

  /**
   * Returns the cached credentials if the Portal is unavailable and Kafka did not refuse them. Else
   * throws.
   */
  #fail(error: unknown): BrokerCredentials {
    if (!(error instanceof QuixError)) throw error;
    const { retryAfterMs } = error;
    if (retryAfterMs !== undefined) {
      const until = performance.now() + Math.min(retryAfterMs, MAX_PAUSE_MS);
      this.#pause = { error, until };
    }
    if (!this.#current) throw error;
    this.#refreshAfter = performance.now() + REFRESH_PAUSE_MS;
    this.#options.observer.refreshFailed(error);
    this.#refusal?.exchangeFailed(error);
    if (this.isRefused) throw error;
    if (!error.retryable) {
      this.#isRejected = true;
      throw error;
    }
    return this.#current;
  }

  #refreshInBackground(): void {
    if (this.#running || performance.now() < this.#refreshAfter) return;
    this.#start().catch(() => undefined); // reported by the event refreshFailed
  }
}
