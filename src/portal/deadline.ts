/** The end of a whole exchange, by the monotonic clock, and the signal that ends it. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #endsAt: number;
  readonly #timer: NodeJS.Timeout;
  /** The whole of it, in milliseconds. */
  readonly timeoutMs: number;
  #isOver = false;

  /** `reason` makes the error that everything still under way is rejected with when time is up. */
  constructor(timeoutMs: number, reason: () => Error) {
    this.timeoutMs = timeoutMs;
    this.#endsAt = performance.now() + timeoutMs;
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      this.abort(reason());
    }, timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether time ran out, which is not the same as having been aborted. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get remainingMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  abort(reason: Error): void {
    this.clear();
    this.#controller.abort(reason);
  }

  /** To be called when the exchange is over: an open timer would keep the process alive. */
  clear(): void {
    clearTimeout(this.#timer);
  }
}
