import { QuixError } from '../errors.ts';

/** The end of a whole Portal call by the monotonic clock, and the signal that aborts it. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #endsAt: number;
  readonly #timer: NodeJS.Timeout;
  /** Duration of the whole call in milliseconds. */
  readonly timeoutMs: number;
  #isOver = false;

  /** @param host - Host of the Portal, for the error when time runs out. */
  constructor(timeoutMs: number, host: string) {
    this.timeoutMs = timeoutMs;
    this.#endsAt = performance.now() + timeoutMs;
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      this.abort(timeoutError(host, timeoutMs));
    }, timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether time ran out. `false` after {@link Deadline.abort}. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get remainingMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /** Rejects everything that waits for the signal. */
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
