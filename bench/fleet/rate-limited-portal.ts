/**
 * What the Portal does with a request that exceeds its rate. It refuses the request, with the time until there
 * is capacity in `Retry-After`, with one second, or without the header. Or it answers later (`queue`).
 */
export type RetryAfterMode = 'exact' | 'one-second' | 'none' | 'queue';

/** Settings of the Portal for one phase. */
export interface PortalSettings {
  /** The only token that the Portal accepts. */
  readonly token: string;
  readonly retryAfter: RetryAfterMode;
}

/** Counters of one phase. */
export interface PortalCounters {
  requests: number;
  /** Responses with credentials. */
  served: number;
  /** Responses with status 401. */
  rejected: number;
  /** Requests in each second of the phase. */
  perSecond: number[];
}

export interface PortalResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
  /** Time that the request waits in the queue. */
  readonly waitMs: number;
}

const CREDENTIALS = {
  'bootstrap.servers': 'broker.example:9093',
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'SCRAM-SHA-256',
  'sasl.username': 'fleet',
  'sasl.password': 'not-a-secret',
};

/**
 * A Portal that admits `rate` requests per second, a tenth of them at once (a token bucket). It refuses all
 * other requests with 429 or 503 before it checks their token. In the mode `exact`, each refusal gets a
 * different time, in the order of the refusals and rounded up to whole seconds. It reserves no capacity. In the
 * mode `queue`, it answers all requests in the order of their arrival, also those that were aborted.
 */
export class RateLimitedPortal {
  readonly #rate: number;
  readonly #random: () => number;
  #settings: PortalSettings = { token: '', retryAfter: 'none' };
  #startMs = 0;
  #nowMs = 0;
  #capacity: number;
  #announcedUntilMs = 0;
  counters: PortalCounters = { requests: 0, served: 0, rejected: 0, perSecond: [] };

  constructor(rate: number, random: () => number) {
    this.#rate = rate;
    this.#random = random;
    this.#capacity = rate / 10;
  }

  /** Starts a phase: applies the settings and resets the counters. */
  startPhase(settings: PortalSettings, nowMs: number): void {
    this.#settings = settings;
    this.#startMs = nowMs;
    this.#capacity = Math.max(0, this.#capacity);
    this.counters = { requests: 0, served: 0, rejected: 0, perSecond: [] };
  }

  respond(authorization: string | undefined, nowMs: number): PortalResponse {
    const { counters } = this;
    counters.requests++;
    const second = Math.floor((nowMs - this.#startMs) / 1_000);
    counters.perSecond[second] = (counters.perSecond[second] ?? 0) + 1;
    const perMs = this.#rate / 1_000;
    this.#capacity = Math.min(this.#rate / 10, this.#capacity + (nowMs - this.#nowMs) * perMs);
    this.#nowMs = nowMs;
    const isQueue = this.#settings.retryAfter === 'queue';
    if (this.#capacity < 1 && !isQueue) return this.#refuse();
    this.#capacity--;
    const waitMs = Math.max(0, -this.#capacity / perMs);
    if (authorization !== `Bearer ${this.#settings.token}`) {
      counters.rejected++;
      return { status: 401, headers: {}, body: { message: 'The token is not valid.' }, waitMs };
    }
    counters.served++;
    return { status: 200, headers: {}, body: CREDENTIALS, waitMs };
  }

  #refuse(): PortalResponse {
    const status = this.#random() < 0.5 ? 429 : 503;
    this.#announcedUntilMs = Math.max(this.#announcedUntilMs, this.#nowMs) + 1_000 / this.#rate;
    const waitS = {
      exact: Math.ceil((this.#announcedUntilMs - this.#nowMs) / 1_000),
      'one-second': 1,
      none: undefined,
      queue: undefined,
    }[this.#settings.retryAfter];
    return {
      status,
      headers: waitS === undefined ? {} : { 'retry-after': `${waitS}` },
      body: { message: 'Too many requests.' },
      waitMs: 0,
    };
  }
}
