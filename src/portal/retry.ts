import type { QuixError } from '../errors.ts';
import type { Deadline } from './deadline.ts';
import { isConnectionLost } from './transport-error.ts';

/**
 * Each delay is a random value between ⅓ of the current step and the whole step. Steps double from
 * the first to the last one. These values were chosen with the simulation `npm run fleet`, so that
 * 10 000 clients neither overload a Portal nor wait too long.
 */
const FIRST_STEP_MS = 1_000;
const LAST_STEP_MS = 8_000;
const MIN_STEP_FRACTION = 1 / 3;
/** Last step of an urgent request. */
const LAST_URGENT_STEP_MS = 2_000;
/** Limit for the random time that is added to Retry-After, so that many clients spread out. */
const MAX_EXTRA_MS = 1_000;
/** The same limit for an urgent request, as a fraction of Retry-After. */
const MAX_URGENT_EXTRA_FRACTION = 1 / 4;
/** A response that is cut off is not retried after this many attempts. */
const MAX_BAD_RESPONSES = 3;
/** Time that must remain before the deadline when an attempt starts. */
const MIN_ATTEMPT_MS = 250;

/** Returns the milliseconds to wait, or `undefined` to stop. `attempt` starts with 1. */
export function nextDelayMs(
  error: QuixError,
  attempt: number,
  remainingMs: number,
  random: () => number = Math.random,
  isUrgent = false,
): number | undefined {
  if (!error.retryable) return undefined;
  if (error.code === 'QUIX_BAD_RESPONSE' && attempt >= MAX_BAD_RESPONSES) return undefined;
  const { retryAfterMs = 0 } = error;
  const maxDelayMs = remainingMs - MIN_ATTEMPT_MS;
  // Wait the full Retry-After, or fail if the deadline is earlier.
  if (maxDelayMs <= 0 || retryAfterMs > maxDelayMs) return undefined;
  const lastStepMs = isUrgent ? LAST_URGENT_STEP_MS : LAST_STEP_MS;
  const stepMs = Math.min(lastStepMs, FIRST_STEP_MS * 2 ** (attempt - 1));
  const fraction = random();
  const backOffMs = stepMs * (MIN_STEP_FRACTION + fraction * (1 - MIN_STEP_FRACTION));
  if (retryAfterMs === 0) return Math.min(backOffMs, maxDelayMs);
  const extraMs = isUrgent ? MAX_URGENT_EXTRA_FRACTION * retryAfterMs : MAX_EXTRA_MS;
  return Math.min(Math.max(retryAfterMs + fraction * extraMs, backOffMs), maxDelayMs);
}

/** Counts the failed attempts of one request, and decides when the next one starts. */
export class Retries {
  readonly #deadline: Deadline;
  readonly #isUrgent: boolean;
  #attempts = 0;
  #hasReconnected = false;
  #lastError: QuixError | undefined;

  /** @param isUrgent - Whether Kafka clients cannot log in until the request succeeds. */
  constructor(deadline: Deadline, isUrgent = false) {
    this.#deadline = deadline;
    this.#isUrgent = isUrgent;
  }

  /**
   * Returns the milliseconds to wait after a failed attempt: none after the first lost connection.
   * Throws the error if there must not be another attempt. If an attempt was cut short by the
   * deadline, throws the error of the previous attempt instead, which shows the cause.
   */
  delayAfter(error: QuixError): number {
    const { signal, hasTimedOut, remainingMs } = this.#deadline;
    this.#attempts++;
    if (hasTimedOut && this.#lastError) throw this.#withAttempts(this.#lastError);
    this.#lastError = error;
    signal.throwIfAborted();
    if (!this.#hasReconnected && isConnectionLost(error.cause)) {
      this.#hasReconnected = true;
      return 0;
    }
    const delayMs = nextDelayMs(error, this.#attempts, remainingMs, Math.random, this.#isUrgent);
    if (delayMs === undefined) throw this.#withAttempts(error);
    return Math.round(delayMs);
  }

  #withAttempts(error: QuixError): QuixError {
    if (this.#attempts === 1 || !error.retryable) return error;
    return error.copy({ summary: `${error.summary} Tried ${this.#attempts} times.` });
  }
}
