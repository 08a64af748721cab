import { QuixError } from '../errors.ts';
import { BrokerCredentials, type BrokerSettings } from './broker-credentials.ts';
import { Refusal } from './refusal.ts';

/** After a failed refresh in the background, the next one waits this long, in milliseconds. */
const REFRESH_PAUSE_MS = 30_000;
/** A Portal's wish to be left alone is remembered for later callers at most this long. */
const MAX_PAUSE_MS = 60_000;

/** What an exchange came to. */
export interface ExchangeAnswer {
  readonly settings: BrokerSettings;
  /** Called when this answer is the one that counts; not for one that came too late. */
  readonly accepted?: () => void;
}

/** What a {@link CredentialCache} is given. */
export interface CredentialCacheOptions {
  /** Asks the Portal. Settles by itself: it has a deadline of its own. */
  readonly exchange: () => Promise<ExchangeAnswer>;
  /** Age in milliseconds after which a call refreshes in the background; `undefined` is never. */
  readonly maxAgeMs: number | undefined;
  readonly onChange: (
    credentials: BrokerCredentials,
    previous: BrokerCredentials | undefined,
  ) => void;
  readonly onRefreshFailed: (error: QuixError) => void;
}

interface Flight {
  readonly number: number;
  readonly promise: Promise<BrokerCredentials>;
}

/**
 * Keeps the newest snapshot and sees to it that it is asked for once, however many want it.
 *
 * Exchanges are numbered in the order in which they began. An answer counts only if no later one
 * was installed and nothing was invalidated since it was asked for.
 */
export class CredentialCache {
  readonly #options: CredentialCacheOptions;
  #current: BrokerCredentials | undefined;
  /** `#current`, resolved once: handing it out costs nothing. */
  #resolved: Promise<BrokerCredentials> | undefined;
  #currentSince = 0;
  #generation = 0;
  #flight: Flight | undefined;
  #flights = 0;
  /** Exchanges up to this number began too early to satisfy anybody. */
  #outdated = 0;
  /** The exchange that the snapshot is from. */
  #installed = 0;
  #refusal: Refusal | undefined;
  #pause: { readonly error: QuixError; readonly until: number } | undefined;
  #refreshAfter = 0;
  #isStale = false;
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
    return this.#flight !== undefined;
  }

  /** Whether Kafka refused the snapshot and no new answer came since. */
  get isRefused(): boolean {
    return this.#refusal?.isPending === true;
  }

  /** Whether the snapshot should be renewed: the Portal rejected its token since, or it is too old. */
  get isStale(): boolean {
    return this.#isStale || this.#isTooOld;
  }

  /** The snapshot held, or that of an exchange. Not an async function: the cached one costs no promise. */
  get(forceRefresh = false): Promise<BrokerCredentials> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#resolved && !this.isRefused && !forceRefresh) {
      if (this.#isTooOld) this.#refreshInBackground();
      return this.#resolved;
    }
    return (this.#flight ?? this.#begin()).promise;
  }

  /**
   * Kafka refused the snapshot: the next call exchanges again. Anything but the current snapshot is
   * older news and changes nothing, and neither does saying it twice. Returns whether it was news.
   */
  invalidate(credentials: BrokerCredentials | undefined = this.#current): boolean {
    if (!credentials || credentials !== this.#current || this.isRefused) return false;
    this.#refusal = Refusal.of(credentials, this.#refusal);
    this.#outdate();
    return true;
  }

  /**
   * Takes over an answer of an exchange of another kind, such as that of a new token. What it
   * replaces is outdated, also what is under way. If something newer is held by then, or the current
   * credentials were refused meanwhile, its settings do not count, and what does is resolved.
   */
  async install(exchange: () => Promise<ExchangeAnswer>): Promise<BrokerCredentials> {
    const number = ++this.#flights;
    const answer = await exchange();
    if (this.#closed) throw this.#closed;
    if (number <= this.#outdated || number < this.#installed) {
      answer.accepted?.();
      return await this.get();
    }
    this.#outdate();
    return this.#install(number, answer);
  }

  close(reason: QuixError): void {
    this.#closed = reason;
    this.#outdate();
    this.#current = this.#resolved = this.#refusal = undefined;
  }

  get #isTooOld(): boolean {
    const { maxAgeMs } = this.#options;
    return this.#current !== undefined && maxAgeMs !== undefined && this.ageMs >= maxAgeMs;
  }

  #outdate(): void {
    this.#outdated = this.#flights;
    this.#flight = undefined;
  }

  #begin(): Flight {
    const refused = this.#refusal?.waitError();
    if (refused) return { number: 0, promise: Promise.reject(refused) };
    const pausedMs = this.#pause ? Math.ceil(this.#pause.until - performance.now()) : 0;
    if (this.#pause && pausedMs > 0) {
      const error = this.#pause.error.copy({ retryAfterMs: pausedMs });
      const lastGood = this.isRefused ? undefined : this.#resolved;
      return { number: 0, promise: lastGood ?? Promise.reject(error) };
    }
    const number = ++this.#flights;
    const promise = this.#fly(number);
    promise.catch(() => undefined); // every caller may have given up by the time it fails
    return (this.#flight = { number, promise });
  }

  async #fly(number: number): Promise<BrokerCredentials> {
    let answer: ExchangeAnswer;
    try {
      answer = await this.#options.exchange();
    } catch (error) {
      return await this.#land(number, () => this.#fail(error));
    }
    return await this.#land(number, () => this.#install(number, answer));
  }

  /** Ends a flight: its own end if its answer still counts, else that of the one that does. */
  #land(
    number: number,
    end: () => BrokerCredentials,
  ): BrokerCredentials | Promise<BrokerCredentials> {
    if (this.#flight?.number === number) this.#flight = undefined;
    if (this.#closed) throw this.#closed;
    return number <= this.#outdated ? this.get() : end();
  }

  #install(number: number, { settings, accepted }: ExchangeAnswer): BrokerCredentials {
    const previous = this.#current;
    this.#installed = number;
    const obtainedAt = new Date();
    const credentials = new BrokerCredentials(settings, {
      generation: ++this.#generation,
      obtainedAt,
    });
    this.#current = credentials;
    this.#resolved = Promise.resolve(credentials);
    this.#currentSince = performance.now();
    this.#isStale = false;
    this.#pause = undefined;
    this.#refusal = this.#refusal?.after(credentials);
    accepted?.();
    if (!previous?.sameAs(credentials)) this.#options.onChange(credentials, previous);
    return credentials;
  }

  /** Last-good credentials outlive a Portal that is away, and nothing else. */
  #fail(error: unknown): BrokerCredentials {
    if (!(error instanceof QuixError)) throw error;
    const { retryAfterMs } = error;
    if (retryAfterMs !== undefined) {
      const until = performance.now() + Math.min(retryAfterMs, MAX_PAUSE_MS);
      this.#pause = { error, until };
    }
    if (!this.#current) throw error;
    this.#refreshAfter = performance.now() + REFRESH_PAUSE_MS;
    this.#options.onRefreshFailed(error);
    this.#refusal?.exchangeFailed(error);
    if (this.isRefused) throw error;
    if (!error.retryable) {
      this.#isStale = true;
      throw error;
    }
    return this.#current;
  }

  #refreshInBackground(): void {
    if (this.#flight || performance.now() < this.#refreshAfter) return;
    this.#begin().promise.catch(() => undefined); // told by the event
  }
}
