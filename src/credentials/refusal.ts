import { QuixError } from '../errors.ts';
import type { BrokerCredentials } from './broker-credentials.ts';

/** Limits for credentials that Kafka refuses. Times are in milliseconds. */
export const REFUSAL_POLICY = {
  /** First cooldown before another exchange. Doubles with each refusal of the same credentials. */
  firstCooldownMs: 1_000,
  maxCooldownMs: 60_000,
  /** Refusals that are further apart than this are independent of each other. */
  forgottenAfterMs: 120_000,
  /**
   * Consecutive refusals after which the error can become final for a Kafka client that had logged
   * in.
   */
  maxRefusals: 5,
  /**
   * Minimum time from the first of these refusals until the error is final. A changed password may
   * reach Kafka some seconds before it reaches the Portal.
   */
  finalAfterMs: 60_000,
} as const;

/** Adds up to 25 %, so that clients that are refused together do not retry together. */
const jittered = (ms: number): number => ms * (1 + Math.random() / 4);

/**
 * State of credentials that Kafka refused. After the first refusal, an exchange may start at once.
 * If the Portal returns the same credentials, Kafka clients may try them again, because the cause
 * can be a temporary problem of the broker. After each further refusal, calls fail until a cooldown
 * since the last exchange has passed. Each cooldown is twice as long as the one before. The state
 * ends when the Portal returns other credentials.
 */
export class Refusal {
  /** Whether no exchange has succeeded since the refusal. */
  isPending = true;
  readonly #credentials: BrokerCredentials;
  readonly #isLocal: boolean;
  #cooldownMs: number = REFUSAL_POLICY.firstCooldownMs;
  /** Earliest time of the next exchange. */
  #nextExchangeAt = performance.now();
  #lastExchangeAt = 0;
  #lastError: QuixError | undefined;

  /**
   * Creates the state of a new refusal. A recent `previous` refusal determines its cooldown.
   * `isLocal` is whether the credentials are from the option `brokerAddress`.
   */
  constructor(credentials: BrokerCredentials, previous: Refusal | undefined, isLocal = false) {
    const { maxCooldownMs, forgottenAfterMs } = REFUSAL_POLICY;
    this.#credentials = credentials;
    this.#isLocal = isLocal;
    if (!previous || performance.now() - previous.#lastExchangeAt > forgottenAfterMs) return;
    this.#cooldownMs = Math.min(previous.#cooldownMs * 2, maxCooldownMs);
    this.#nextExchangeAt = previous.#lastExchangeAt + jittered(previous.#cooldownMs);
  }

  /** Returns the error for a call during the cooldown, or `undefined` if an exchange may start. */
  cooldownError(): QuixError | undefined {
    const waitMs = Math.ceil(this.#nextExchangeAt - performance.now());
    if (!this.isPending || waitMs <= 0) return undefined;
    const cause = this.#lastError;
    if (this.#isLocal) {
      const summary = `Kafka refused the login in the option brokerAddress. The next attempt is allowed in ${waitMs} ms.`;
      return new QuixError('QUIX_CREDENTIALS_REFUSED', summary, {
        retryable: true,
        retryAfterMs: waitMs,
        hint: 'Check the user name, the password and the certificate authority in brokerAddress.',
      });
    }
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

  /** Records a successful exchange. Returns `undefined` if other credentials end the refusal. */
  afterExchange(credentials: BrokerCredentials): this | undefined {
    if (!credentials.sameAs(this.#credentials)) return undefined;
    this.isPending = false;
    this.#lastExchangeAt = performance.now();
    this.#lastError = undefined;
    return this;
  }

  /** Records a failed exchange. The next one may start after about `firstCooldownMs`. */
  afterFailure(error: QuixError): void {
    if (!this.isPending) return;
    this.#lastExchangeAt = performance.now();
    this.#lastError = error;
    this.#nextExchangeAt = this.#lastExchangeAt + jittered(REFUSAL_POLICY.firstCooldownMs);
  }
}
