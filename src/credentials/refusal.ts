import { QuixError } from '../errors.ts';
import type { BrokerCredentials } from './broker-credentials.ts';
import { REFUSAL_POLICY } from './refusal-policy.ts';

/** Adds up to a quarter, so that clients refused together do not retry at the same moment. */
const jittered = (ms: number): number => ms * (1 + Math.random() / 4);

/**
 * State of credentials that Kafka refused.
 *
 * The first refusal allows an exchange at once. If it returns the same credentials, they may
 * be tried again, because the cause can be on Kafka's side. Each further refusal of the same
 * credentials starts a cooldown, which doubles each time. Calls during a cooldown are rejected.
 * Other credentials end this state.
 */
export class Refusal {
  readonly #credentials: BrokerCredentials;
  #cooldownMs: number;
  /** Earliest time of the next exchange. */
  #earliest: number;
  #lastExchangeAt = 0;
  #lastError: QuixError | undefined;
  #isPending = true;

  private constructor(credentials: BrokerCredentials, cooldownMs: number, earliest: number) {
    this.#credentials = credentials;
    this.#cooldownMs = cooldownMs;
    this.#earliest = earliest;
  }

  /** Records a refusal now. Continues the cooldowns of a recent `previous` refusal. */
  static of(credentials: BrokerCredentials, previous: Refusal | undefined): Refusal {
    const { firstCooldownMs, maxCooldownMs, forgottenAfterMs } = REFUSAL_POLICY;
    const now = performance.now();
    if (!previous || now - previous.#lastExchangeAt > forgottenAfterMs) {
      return new Refusal(credentials, firstCooldownMs, now);
    }
    const cooldownMs = previous.#cooldownMs;
    const earliest = previous.#lastExchangeAt + jittered(cooldownMs);
    return new Refusal(credentials, Math.min(cooldownMs * 2, maxCooldownMs), earliest);
  }

  /** Whether the Portal has not answered since the refusal. */
  get isPending(): boolean {
    return this.#isPending;
  }

  /** Returns the error for a call during the cooldown, or `undefined` if an exchange may start. */
  waitError(): QuixError | undefined {
    if (!this.#isPending) return undefined;
    const waitMs = Math.ceil(this.#earliest - performance.now());
    if (waitMs <= 0) return undefined;
    const cause = this.#lastError;
    const portal = cause
      ? `The last exchange failed: ${cause.summary}`
      : 'The Portal still returns the same ones.';
    return new QuixError(
      'QUIX_CREDENTIALS_REFUSED',
      `Kafka refused the credentials. ${portal} The next exchange may start in ${waitMs} ms.`,
      {
        retryable: true,
        retryAfterMs: waitMs,
        cause,
        hint: 'If this continues, check in the Quix portal that the environment and its broker are healthy.',
      },
    );
  }

  /**
   * Records new credentials of the Portal. Returns `undefined` if they differ from the refused
   * ones.
   */
  after(credentials: BrokerCredentials): this | undefined {
    if (!credentials.sameAs(this.#credentials)) return undefined;
    this.#isPending = false;
    this.#lastExchangeAt = performance.now();
    this.#lastError = undefined;
    return this;
  }

  /** Records a failed exchange. The next one waits for a cooldown too. */
  exchangeFailed(error: QuixError): void {
    if (!this.#isPending) return;
    this.#lastExchangeAt = performance.now();
    this.#lastError = error;
    this.#earliest = this.#lastExchangeAt + jittered(REFUSAL_POLICY.firstCooldownMs);
  }
}
