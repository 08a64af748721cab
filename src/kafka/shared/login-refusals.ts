import { QuixError } from 'quix-streams-auth';
import { REFUSAL_POLICY } from '../../credentials/index.ts';

/** How all adapters react when Kafka refuses a login. Times are in milliseconds. */
export const LOGIN_POLICY = {
  ...REFUSAL_POLICY,
  /** Pause before another attempt if the error does not name one. */
  retryPauseMs: 1_000,
  /** A login that is refused this soon after the mechanism changed may have used the old mechanism. */
  mechanismSettlingMs: 10_000,
  /** A librdkafka log line this soon after a new password may be about the old one: during `connect()`, */
  connectSettlingMs: 700,
  /** and on a connected client, where librdkafka suppresses repeated lines. */
  connectedSettlingMs: 3_000,
} as const;

/** Kafka's name for a refused login, as kafkajs and @platformatic/kafka report it. */
export const REFUSED_LOGIN = 'SASL_AUTHENTICATION_FAILED';

/** Counts the refused logins of one Kafka client and decides when a refusal is final. */
export class LoginRefusals {
  #hasLoggedIn = false;
  #count = 0;
  #lastAt = -Infinity;
  #reason: string | undefined;

  /** @param reason - Kafka's or librdkafka's own words, for the error message. */
  add(reason: string): void {
    const now = performance.now();
    if (now - this.#lastAt > LOGIN_POLICY.forgottenAfterMs) this.#count = 0;
    this.#lastAt = now;
    this.#count++;
    this.#reason = reason;
  }

  /** Forgets the refusals because a login succeeded. */
  clear(): void {
    this.#hasLoggedIn = true;
    this.#count = 0;
    this.#reason = undefined;
  }

  /**
   * Adds Kafka's reason to a `QUIX_CREDENTIALS_REFUSED` error and decides whether it is final. It is
   * final for a client that has never logged in, and after `maxRefusals` for one that has, so that a
   * supervisor can restart the service. Returns other errors unchanged.
   */
  explain(error: QuixError): QuixError {
    if (error.code !== 'QUIX_CREDENTIALS_REFUSED' || this.#reason === undefined) return error;
    return error.copy({
      summary: `${error.summary} Kafka's reason: ${this.#reason}.`,
      retryable: this.#hasLoggedIn && this.#count < LOGIN_POLICY.maxRefusals,
    });
  }
}

/** Returns the error for one refused login. The next attempt uses newly exchanged credentials. */
export function loginRefused(hint: string): QuixError {
  return new QuixError(
    'QUIX_CREDENTIALS_REFUSED',
    `Kafka refused the credentials (${REFUSED_LOGIN}).`,
    { retryable: true, hint },
  );
}

/** Returns the error for a login that was announced with another mechanism than the credentials require now. */
export function mechanismChanged(hint: string): QuixError {
  return new QuixError(
    'QUIX_CREDENTIALS_REFUSED',
    'The SASL mechanism changed while a connection was being opened.',
    { retryable: true, hint },
  );
}
