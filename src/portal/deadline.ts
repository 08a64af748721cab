import { QuixError } from '../errors.ts';

/** Time limit of a whole Portal call. Changes of the system clock do not affect it. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #endsAt: number;
  readonly #timer: NodeJS.Timeout;
  /** Duration of the whole call in milliseconds. */
  readonly timeoutMs: number;
  #hasTimedOut = false;

  /**
   * Starts the timer.
   *
   * @param host - Host of the Portal, for the error after the time limit.
   */
  constructor(timeoutMs: number, host: string) {
    this.timeoutMs = timeoutMs;
    this.#endsAt = performance.now() + timeoutMs;
    this.#timer = setTimeout(() => {
      this.#hasTimedOut = true;
      this.abort(timeoutError(host, timeoutMs));
    }, timeoutMs);
  }

  /** Aborts at the time limit, or when `abort()` is called. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the time limit has passed. Stays `false` if `abort()` was called before. */
  get hasTimedOut(): boolean {
    return this.#hasTimedOut;
  }

  get remainingMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /** Aborts the signal and clears the timer. */
  abort(reason: Error): void {
    this.clear();
    this.#controller.abort(reason);
  }

  /** Clears the timer, which would keep the process alive. */
  clear(): void {
    clearTimeout(this.#timer);
  }
}

function timeoutError(host: string, timeoutMs: number): QuixError {
  return new QuixError(
    'QUIX_PORTAL_UNAVAILABLE',
    `The Portal at ${host} did not answer within ${timeoutMs} ms.`,
    { retryable: true, hint: 'Check the network, or increase timeoutMs.' },
  );
}
