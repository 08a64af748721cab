import { onAbort, untilAborted } from '../abort.ts';
import { QuixError } from '../errors.ts';
import type { Deadline } from './deadline.ts';
import { Retries } from './retry.ts';

/**
 * Time without a response after which a second attempt starts, in milliseconds. The time doubles
 * with each further attempt, so that many clients do not overload a slow Portal.
 */
const HANG_MS = 3_000;
/** The same time for an urgent call. It does not double. */
const URGENT_HANG_MS = 1_500;

/** Limit for unanswered attempts of one request. */
const MAX_OPEN = 4;

interface Attempt<T> {
  readonly response: Promise<T>;
  abort(): void;
}

/**
 * The unanswered attempts of one request. Another attempt may start while one is still open,
 * because a server that accepted a request may never answer it. The open attempts continue,
 * because a slow server may still answer one of them. At the limit, a new attempt replaces the
 * second one. The first one stays open, because a server usually answers in the order of arrival.
 */
class OpenAttempts<T> {
  readonly #send: (signal: AbortSignal) => Promise<T>;
  readonly #signal: AbortSignal;
  readonly #open: Attempt<T>[] = [];

  /**
   * @param send - Sends the request. Its signal aborts if the attempt is replaced.
   * @param signal - Aborts all attempts.
   */
  constructor(send: (signal: AbortSignal) => Promise<T>, signal: AbortSignal) {
    this.#send = send;
    this.#signal = signal;
  }

  start(): void {
    this.#signal.throwIfAborted();
    if (this.#open.length === MAX_OPEN) this.#open.splice(1, 1)[0]?.abort();
    const controller = new AbortController();
    const abort = (): void => {
      controller.abort(this.#signal.reason ?? new Error('The attempt was replaced.'));
    };
    const removeCallback = onAbort(this.#signal, abort);
    const response = this.#send(controller.signal).finally(removeCallback);
    response.catch(() => undefined); // the attempt may be replaced
    this.#open.push({ response, abort });
  }

  /**
   * Resolves to the first response, or to `undefined` after `waitMs`. Rejects with the error of the
   * first attempt that fails, which is then no longer open, or with the reason of the signal.
   */
  async next(waitMs: number): Promise<{ readonly value: T } | undefined> {
    if (waitMs <= 0) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, waitMs, undefined);
    });
    const outcomes = this.#open.map(async (attempt) => {
      try {
        return { value: await attempt.response };
      } catch (error) {
        this.#remove(attempt);
        throw error;
      }
    });
    try {
      return await untilAborted(Promise.race([...outcomes, timeout]), this.#signal);
    } finally {
      clearTimeout(timer);
    }
  }

  abort(): void {
    for (const attempt of this.#open.splice(0)) attempt.abort();
  }

  #remove(attempt: Attempt<T>): void {
    const index = this.#open.indexOf(attempt);
    if (index >= 0) this.#open.splice(index, 1);
  }
}

export interface SendOptions {
  readonly deadline: Deadline;
  /** Whether Kafka clients cannot log in until the request succeeds. */
  readonly isUrgent: boolean;
  /** Whether there must be only one attempt. */
  readonly noRetry?: boolean | undefined;
  /** Called before each retry. `error` is missing if the last attempt is still unanswered. */
  readonly onRetry: (delayMs: number, error?: QuixError) => void;
}

/**
 * Sends a request, and sends it again after a failure or after some time without a response.
 * Resolves to the first response. Rejects if there must not be another attempt.
 *
 * @param send - Makes one attempt. Its signal aborts if the attempt is no longer needed.
 */
export async function sendUntilAnswered<T>(
  send: (signal: AbortSignal) => Promise<T>,
  options: SendOptions,
): Promise<T> {
  const attempts = new OpenAttempts(send, options.deadline.signal);
  try {
    return await startAttempts(attempts, options);
  } finally {
    attempts.abort();
  }
}

/** Starts attempts until one of them has a response. */
async function startAttempts<T>(
  attempts: OpenAttempts<T>,
  { deadline, isUrgent, noRetry = false, onRetry }: SendOptions,
): Promise<T> {
  const { timeoutMs } = deadline;
  const retries = new Retries(deadline, isUrgent);
  // A short deadline leaves time for a second attempt.
  let hangMs = Math.min(isUrgent ? URGENT_HANG_MS : HANG_MS, Math.max(1_000, timeoutMs / 2));
  let waitMs = noRetry ? timeoutMs : hangMs; // the deadline ends before `timeoutMs` has passed
  /** Time of the next attempt after a failure. `undefined` without a failure. */
  let pausedUntil: number | undefined;
  attempts.start();
  for (;;) {
    try {
      const response = await attempts.next(waitMs);
      if (response) return response.value;
    } catch (error) {
      if (noRetry || !(error instanceof QuixError)) throw error;
      const delayMs = retries.delayAfter(error);
      const now = performance.now();
      // An attempt that failed before may have a Retry-After that ends later.
      pausedUntil = Math.max(pausedUntil ?? 0, now + delayMs);
      waitMs = Math.round(pausedUntil - now);
      if (waitMs > 0) onRetry(waitMs, error);
      continue;
    }
    if (pausedUntil === undefined) {
      onRetry(0);
      if (!isUrgent) hangMs *= 2;
    }
    pausedUntil = undefined;
    waitMs = hangMs;
    attempts.start();
  }
}
