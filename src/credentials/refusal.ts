import { QuixError } from '../errors.ts';
import type { BrokerCredentials } from './broker-credentials.ts';

const FIRST_COOLDOWN_MS = 1_000;
const MAX_COOLDOWN_MS = 60_000;
/** Credentials that lasted this long after a refusal have recovered from it. */
const FORGOTTEN_AFTER_MS = 2 * MAX_COOLDOWN_MS;

/** Longer by up to a quarter, so that a fleet that was refused at once does not come back at once. */
const jittered = (ms: number): number => ms * (1 + Math.random() / 4);

/**
 * What is known of credentials that Kafka refused.
 *
 * The first refusal asks the Portal at once. If the answer is the same, it may be tried again (the
 * fault can be on Kafka's side), but each further refusal of it waits for a cooldown of 1 s,
 * doubling to 60 s, in which calls are rejected at once. Another answer ends the matter.
 */
export class Refusal {
  readonly #credentials: BrokerCredentials;
  #cooldownMs: number;
  #earliest: number;
  #lastExchangeAt = 0;
  #lastError: QuixError | undefined;
  #isPending = true;

  private constructor(credentials: BrokerCredentials, cooldownMs: number, earliest: number) {
    this.#credentials = credentials;
    this.#cooldownMs = cooldownMs;
    this.#earliest = earliest;
  }

  /** A refusal now, the next one in the row of `previous` if that was about the same and lately. */
  static of(credentials: BrokerCredentials, previous: Refusal | undefined): Refusal {
    const now = performance.now();
    if (!previous || now - previous.#lastExchangeAt > FORGOTTEN_AFTER_MS) {
      return new Refusal(credentials, FIRST_COOLDOWN_MS, now);
    }
    const cooldownMs = previous.#cooldownMs;
    const earliest = previous.#lastExchangeAt + jittered(cooldownMs);
    return new Refusal(credentials, Math.min(cooldownMs * 2, MAX_COOLDOWN_MS), earliest);
  }

  /** Whether the Portal has not answered since the refusal. */
  get isPending(): boolean {
    return this.#isPending;
  }

  /** The error for a call that comes within the cooldown, `undefined` when an exchange may begin. */
  waitError(): QuixError | undefined {
    if (!this.#isPending) return undefined;
    const waitMs = Math.ceil(this.#earliest - performance.now());
    if (waitMs <= 0) return undefined;
    const last = this.#lastError;
    const portal = last
      ? `the last exchange with the Portal failed: ${last.summary}`
      : 'the Portal still gives the same ones.';
    return new QuixError(
      'QUIX_CREDENTIALS_REFUSED',
      `Kafka refused the credentials, and ${portal} The next exchange may begin in ${waitMs} ms.`,
      {
        retryable: true,
        retryAfterMs: waitMs,
        cause: last,
        hint: 'If this goes on, check in the Quix portal that the environment and its broker are healthy.',
      },
    );
  }

  /** The Portal has answered: `undefined` when the answer is a new one. */
  after(answer: BrokerCredentials): this | undefined {
    if (!answer.sameAs(this.#credentials)) return undefined;
    this.#isPending = false;
    this.#lastExchangeAt = performance.now();
    this.#lastError = undefined;
    return this;
  }

  /** The exchange failed: the next one waits for a cooldown, too. */
  exchangeFailed(error: QuixError): void {
    if (!this.#isPending) return;
    this.#lastExchangeAt = performance.now();
    this.#lastError = error;
    this.#earliest = this.#lastExchangeAt + jittered(FIRST_COOLDOWN_MS);
  }
}
