import { QuixError } from '../errors.ts';

/** Time limit of a whole Portal call. Changes of the system clock do not affect it. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #endsAt: number;
  readonly #timer: NodeJS.Timeout;
  /** Aborts at the time limit, or when `abort()` is called. */
  readonly signal: AbortSignal = this.#controller.signal;
  /** Duration of the whole call in milliseconds. */
  readonly timeoutMs: number;
  /** Whether the time limit has passed. Stays `false` if `abort()` was called before. */
  hasTimedOut = false;

  /** Starts the timer. At the time limit, the signal aborts with an error that names `host`. */
  constructor(timeoutMs: number, host: string) {
    this.timeoutMs = timeoutMs;
    this.#endsAt = performance.now() + timeoutMs;
    this.#timer = setTimeout(() => {
      this.hasTimedOut = true;
      const summary = `The Portal at ${host} did not answer within ${timeoutMs} ms.`;
      const hint = 'Check the network, or increase timeoutMs.';
      this.abort(new QuixError('QUIX_PORTAL_UNAVAILABLE', summary, { retryable: true, hint }));
    }, timeoutMs);
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
