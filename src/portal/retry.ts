import { sleep } from '../abort.ts';
import { QuixError } from '../errors.ts';
import type { Deadline } from './deadline.ts';

/**
 * First and longest back-off. What is drawn lies between a part of the current one and all of it; tuned
 * with `npm run fleet` so that 10 000 clients at once neither flood a Portal nor are left behind.
 */
const BASE_DELAY_MS = 1_000;
const MAX_DELAY_MS = 8_000;
const LEAST_PART = 1 / 3;
/** An answer that is cut short is asked for again this often, not until the deadline. */
const MAX_BAD_RESPONSES = 3;
/** What a last attempt needs to be worth starting. */
const MIN_ATTEMPT_MS = 250;

/** Milliseconds to wait after failed attempt number `attempt` (from 1), or `undefined` to give up. */
export function nextDelayMs(
  error: QuixError,
  attempt: number,
  remainingMs: number,
  random: () => number = Math.random,
): number | undefined {
  if (!error.retryable) return undefined;
  if (error.code === 'QUIX_BAD_RESPONSE' && attempt >= MAX_BAD_RESPONSES) return undefined;
  const longestMs = Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** (attempt - 1));
  const roomMs = remainingMs - MIN_ATTEMPT_MS;
  if (error.retryAfterMs !== undefined) {
    // Obeyed or given up, never cut short; the jitter above it keeps a fleet from coming back as one.
    return error.retryAfterMs > roomMs
      ? undefined
      : Math.min(error.retryAfterMs + random() * longestMs, roomMs);
  }
  const delayMs = longestMs * (LEAST_PART + random() * (1 - LEAST_PART));
  return roomMs <= 0 ? undefined : Math.min(delayMs, roomMs);
}

/** What {@link retry} asks, and tells. */
export interface RetryOptions {
  /** Tells an error after which one more try is made at once, on a new connection. */
  readonly isConnectionLost: (error: QuixError) => boolean;
  /** Hears of each wait before another try. */
  readonly onWait?: (delayMs: number, error: QuixError) => void;
}

/**
 * Runs `attempt` until it succeeds, fails for good, or the deadline leaves no room for another try.
 * Rejects with the last real error, never with a bare timeout when there was one.
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  deadline: Deadline,
  { isConnectionLost, onWait }: RetryOptions,
): Promise<T> {
  let triedAtOnce = false;
  let failure: QuixError | undefined;
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof QuixError)) throw error;
      // Time is up during a later attempt: what went wrong before says more than that.
      if (deadline.isOver && failure) throw withAttempts(failure, count);
      failure = error;
    }
    deadline.signal.throwIfAborted();
    if (!triedAtOnce && isConnectionLost(failure)) {
      triedAtOnce = true;
      continue;
    }
    const delayMs = nextDelayMs(failure, count, deadline.remainingMs);
    if (delayMs === undefined) throw withAttempts(failure, count);
    onWait?.(Math.round(delayMs), failure);
    await sleep(delayMs, deadline.signal);
  }
}

/** The same error, saying how often it was tried. */
function withAttempts(error: QuixError, count: number): QuixError {
  if (count === 1 || !error.retryable) return error;
  return error.copy({ summary: `${error.summary} Tried ${count} times.` });
}
