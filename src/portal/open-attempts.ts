import { onAbort, untilAborted } from '../abort.ts';

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
export class OpenAttempts<T> {
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

  /** Aborts all attempts. */
  [Symbol.dispose](): void {
    for (const attempt of this.#open.splice(0)) attempt.abort();
  }

  #remove(attempt: Attempt<T>): void {
    const index = this.#open.indexOf(attempt);
    if (index >= 0) this.#open.splice(index, 1);
  }
}
