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
): number | undefined {
  if (!error.retryable) return undefined;
  if (error.code === 'QUIX_BAD_RESPONSE' && attempt >= MAX_BAD_RESPONSES) return undefined;
  const stepMs = Math.min(LAST_STEP_MS, FIRST_STEP_MS * 2 ** (attempt - 1));
  const maxDelayMs = remainingMs - MIN_ATTEMPT_MS;
  if (error.retryAfterMs !== undefined) {
    // Wait the full Retry-After, or fail if the deadline is earlier. The random part prevents many
    // clients from retrying at the same moment.
    if (error.retryAfterMs > maxDelayMs) return undefined;
    return Math.min(error.retryAfterMs + random() * stepMs, maxDelayMs);
  }
  const delayMs = stepMs * (MIN_STEP_FRACTION + random() * (1 - MIN_STEP_FRACTION));
  return maxDelayMs <= 0 ? undefined : Math.min(delayMs, maxDelayMs);
}

/** Counts the failed attempts of one request, and decides when the next one starts. */
export class Retries {
  readonly #deadline: Deadline;
  #attempts = 0;
  #hasReconnected = false;
  #lastError: QuixError | undefined;

  constructor(deadline: Deadline) {
    this.#deadline = deadline;
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
    const delayMs = nextDelayMs(error, this.#attempts, remainingMs);
    if (delayMs === undefined) throw this.#withAttempts(error);
    return Math.round(delayMs);
  }

  #withAttempts(error: QuixError): QuixError {
    if (this.#attempts === 1 || !error.retryable) return error;
    return error.copy({ summary: `${error.summary} Tried ${this.#attempts} times.` });
  }
}
