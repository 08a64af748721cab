import { QuixError } from '../errors.ts';
import type { BrokerCredentials } from './broker-credentials.ts';
import { REFUSAL_POLICY } from './refusal-policy.ts';

/** Adds up to 25 %, so that clients that are refused together do not retry together. */
const jittered = (ms: number): number => ms * (1 + Math.random() / 4);

/**
 * State of credentials that Kafka refused.
 *
 * After the first refusal, an exchange may start immediately. If the Portal returns the same
 * credentials, Kafka clients may try them again, because the cause can be a temporary problem of
 * the broker. Each further refusal starts a cooldown, and each cooldown is twice as long as the one
 * before. Calls during a cooldown fail. The state ends when the Portal returns other credentials.
 */
export class Refusal {
  readonly #credentials: BrokerCredentials;
  #cooldownMs: number;
  /** Earliest time of the next exchange. */
  #nextExchangeAt: number;
  #lastExchangeAt = 0;
  #lastError: QuixError | undefined;
  #isPending = true;

  private constructor(credentials: BrokerCredentials, cooldownMs: number, nextExchangeAt: number) {
    this.#credentials = credentials;
    this.#cooldownMs = cooldownMs;
    this.#nextExchangeAt = nextExchangeAt;
  }

  /** Records a new refusal. A recent `previous` refusal determines its cooldown. */
  static record(credentials: BrokerCredentials, previous: Refusal | undefined): Refusal {
    const { firstCooldownMs, maxCooldownMs, forgottenAfterMs } = REFUSAL_POLICY;
    const now = performance.now();
    if (!previous || now - previous.#lastExchangeAt > forgottenAfterMs) {
      return new Refusal(credentials, firstCooldownMs, now);
    }
    const cooldownMs = previous.#cooldownMs;
    const nextExchangeAt = previous.#lastExchangeAt + jittered(cooldownMs);
    return new Refusal(credentials, Math.min(cooldownMs * 2, maxCooldownMs), nextExchangeAt);
  }

  /** Whether no exchange has succeeded since the refusal. */
  get isPending(): boolean {
    return this.#isPending;
  }

  /** Returns the error for a call during the cooldown, or `undefined` if an exchange may start. */
  cooldownError(): QuixError | undefined {
    if (!this.#isPending) return undefined;
    const waitMs = Math.ceil(this.#nextExchangeAt - performance.now());
    if (waitMs <= 0) return undefined;
    const cause = this.#lastError;
    const reason = cause
      ? `The last exchange failed. ${cause.summary}`
      : 'The Portal still returns the same credentials.';
    return new QuixError(
      'QUIX_CREDENTIALS_REFUSED',
      `Kafka refused the credentials. ${reason} The next exchange may start in ${waitMs} ms.`,
      {
        retryable: true,
        retryAfterMs: waitMs,
        cause,
        hint: 'If this continues, check in the Quix portal that the environment and its broker are healthy.',
      },
    );
  }

  /**
   * Records a successful exchange. Returns `undefined` if its credentials differ from the refused
   * ones, because the refusal is then over.
   */
  afterExchange(credentials: BrokerCredentials): this | undefined {
    if (!credentials.sameAs(this.#credentials)) return undefined;
    this.#isPending = false;
    this.#lastExchangeAt = performance.now();
    this.#lastError = undefined;
    return this;
  }

  /** Records a failed exchange. The next exchange waits for the shortest cooldown. */
  afterFailure(error: QuixError): void {
    if (!this.#isPending) return;
    this.#lastExchangeAt = performance.now();
    this.#lastError = error;
    this.#nextExchangeAt = this.#lastExchangeAt + jittered(REFUSAL_POLICY.firstCooldownMs);
  }
}
