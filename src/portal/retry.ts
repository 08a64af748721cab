import { sleep } from '../abort.ts';
import { QuixError } from '../errors.ts';
import type { Deadline } from './deadline.ts';
import { isConnectionLost } from './transport-error.ts';

/**
 * Each delay is a random value between ⅓ of the current step and the whole step. Steps double from
 * the first to the last one. `npm run fleet` simulates 10 000 clients with these values. They
 * neither overload a Portal nor wait too long.
 */
const FIRST_STEP_MS = 1_000;
const LAST_STEP_MS = 8_000;
const MIN_STEP_FRACTION = 1 / 3;
/** Limit for attempts if each response is cut off. */
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

/** Counts the failed attempts of one request, and waits between them. */
export class Retries {
  readonly #deadline: Deadline;
  readonly #onWait: (delayMs: number, error: QuixError) => void;
  #attempts = 0;
  #hasReconnected = false;
  #lastError: QuixError | undefined;

  /** Calls `onWait` before each wait. */
  constructor(deadline: Deadline, onWait: (delayMs: number, error: QuixError) => void) {
    this.#deadline = deadline;
    this.#onWait = onWait;
  }

  /**
   * Waits until the next attempt may start. After the first lost connection, it may start at once.
   * Throws the error if there must not be another attempt. After the deadline, throws the previous
   * error, because a timeout does not show the cause.
   */
  async waitAfter(error: unknown): Promise<void> {
    const { signal, hasTimedOut, remainingMs } = this.#deadline;
    this.#attempts++;
    if (!(error instanceof QuixError)) throw error;
    if (hasTimedOut && this.#lastError) throw this.#withAttempts(this.#lastError);
    this.#lastError = error;
    signal.throwIfAborted();
    if (!this.#hasReconnected && isConnectionLost(error.cause)) {
      this.#hasReconnected = true;
      return;
    }
    const delayMs = nextDelayMs(error, this.#attempts, remainingMs);
    if (delayMs === undefined) throw this.#withAttempts(error);
    this.#onWait(Math.round(delayMs), error);
    await sleep(delayMs, signal);
  }

  #withAttempts(error: QuixError): QuixError {
    if (this.#attempts === 1 || !error.retryable) return error;
    return error.copy({ summary: `${error.summary} Tried ${this.#attempts} times.` });
  }
}
