import { sleep } from '../abort.ts';
import { QuixError } from '../errors.ts';
import type { Deadline } from './deadline.ts';
import { isConnectionLost } from './transport-error.ts';

/**
 * The delay is drawn uniformly from ⅓ to 1 times the current step. The steps double from the first
 * to the last one. Tuned with `npm run fleet`, so that 10 000 clients at once neither flood a
 * Portal nor wait too long.
 */
const FIRST_STEP_MS = 1_000;
const LAST_STEP_MS = 8_000;
const LOWEST_SHARE = 1 / 3;
/** Attempts at a response that is cut off each time. */
const MAX_BAD_RESPONSES = 3;
/** An attempt with less time than this before the deadline is not worth starting. */
const MIN_ATTEMPT_MS = 250;

/**
 * Returns the milliseconds to wait after failed attempt number `attempt` (from 1), or `undefined`
 * to give up.
 */
export function nextDelayMs(
  error: QuixError,
  attempt: number,
  remainingMs: number,
  random: () => number = Math.random,
): number | undefined {
  if (!error.retryable) return undefined;
  if (error.code === 'QUIX_BAD_RESPONSE' && attempt >= MAX_BAD_RESPONSES) return undefined;
  const stepMs = Math.min(LAST_STEP_MS, FIRST_STEP_MS * 2 ** (attempt - 1));
  const longestMs = remainingMs - MIN_ATTEMPT_MS;
  if (error.retryAfterMs !== undefined) {
    // Wait the full Retry-After, or fail if it does not fit the deadline. Jitter on top of it
    // spreads out a fleet.
    return error.retryAfterMs > longestMs
      ? undefined
      : Math.min(error.retryAfterMs + random() * stepMs, longestMs);
  }
  const delayMs = stepMs * (LOWEST_SHARE + random() * (1 - LOWEST_SHARE));
  return longestMs <= 0 ? undefined : Math.min(delayMs, longestMs);
}

/** The failed attempts of one request. Decides whether and when there is another one. */
export class Retries {
  readonly #deadline: Deadline;
  readonly #onWait: (delayMs: number, error: QuixError) => void;
  #attempts = 0;
  #hasReconnected = false;
  #lastError: QuixError | undefined;

  /** @param onWait - Called before each wait. */
  constructor(deadline: Deadline, onWait: (delayMs: number, error: QuixError) => void) {
    this.#deadline = deadline;
    this.#onWait = onWait;
  }

  /**
   * Waits until the next attempt may start. After the first lost connection it may start at once.
   *
   * @throws the error that ends the request. When time ran out, this is the last error of the
   * Portal or the network, because it says more than a timeout.
   */
  async waitAfter(error: unknown): Promise<void> {
    const { signal, isOver, remainingMs } = this.#deadline;
    this.#attempts++;
    if (!(error instanceof QuixError)) throw error;
    if (isOver && this.#lastError) throw this.#withAttempts(this.#lastError);
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
