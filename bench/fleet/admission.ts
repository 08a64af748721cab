/** What the Portal says of its room when it has none: when there will be some, always 1 s, or nothing. */
export type Telling = 'room' | '1 s' | 'none';

/** What the Portal is to do from now on; its tallies begin anew. */
export interface Orders {
  /** The only token that it accepts. */
  readonly token: string;
  readonly telling: Telling;
}

/** What the Portal saw since the last orders. */
export interface Tallies {
  requests: number;
  /** Answers with credentials. */
  served: number;
  /** Answers of 401. */
  rejected: number;
  /** Requests in each second since the orders. */
  perSecond: number[];
}

/** The Portal's answer to one request. */
export interface Verdict {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

const CREDENTIALS = {
  'bootstrap.servers': 'broker.example:9093',
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'SCRAM-SHA-256',
  'sasl.username': 'fleet',
  'sasl.password': 'not-a-secret',
};

/**
 * A Portal that admits so many requests a second, a tenth of that at once, and refuses all others by
 * 429 or 503, before it looks at their tokens. Where it tells of its room, it deals out the time ahead
 * of it in the order of the refusals, in whole seconds as the header has them; nothing is reserved.
 */
export class Admission {
  readonly #rate: number;
  readonly #random: () => number;
  #orders: Orders = { token: '', telling: 'none' };
  #startMs = 0;
  #nowMs = 0;
  #room: number;
  #bookedUntilMs = 0;
  tallies: Tallies = { requests: 0, served: 0, rejected: 0, perSecond: [] };

  constructor(rate: number, random: () => number) {
    this.#rate = rate;
    this.#random = random;
    this.#room = rate / 10;
  }

  order(orders: Orders, nowMs: number): void {
    this.#orders = orders;
    this.#startMs = nowMs;
    this.tallies = { requests: 0, served: 0, rejected: 0, perSecond: [] };
  }

  answer(authorization: string | undefined, nowMs: number): Verdict {
    const { tallies } = this;
    tallies.requests++;
    const second = Math.floor((nowMs - this.#startMs) / 1_000);
    tallies.perSecond[second] = (tallies.perSecond[second] ?? 0) + 1;
    const perMs = this.#rate / 1_000;
    this.#room = Math.min(this.#rate / 10, this.#room + (nowMs - this.#nowMs) * perMs);
    this.#nowMs = nowMs;
    if (this.#room < 1) return this.#refuse();
    this.#room--;
    if (authorization !== `Bearer ${this.#orders.token}`) {
      tallies.rejected++;
      return { status: 401, headers: {}, body: { message: 'The token is not valid.' } };
    }
    tallies.served++;
    return { status: 200, headers: {}, body: CREDENTIALS };
  }

  #refuse(): Verdict {
    const status = this.#random() < 0.5 ? 429 : 503;
    this.#bookedUntilMs = Math.max(this.#bookedUntilMs, this.#nowMs) + 1_000 / this.#rate;
    const waitS = {
      room: Math.ceil((this.#bookedUntilMs - this.#nowMs) / 1_000),
      '1 s': 1,
      none: undefined,
    }[this.#orders.telling];
    return {
      status,
      headers: waitS === undefined ? {} : { 'retry-after': `${waitS}` },
      body: { message: 'Too many requests.' },
    };
  }
}
