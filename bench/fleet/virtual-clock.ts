import { setImmediate } from 'node:timers/promises';

/** Real time without any progress after which the clock reports an error. */
const STUCK_NS = 30_000_000_000n;

/** The part of Node's timers that this code and its dependencies use. */
class VirtualTimer {
  isOver = false;
  readonly fire: () => void;

  constructor(fire: () => void) {
    this.fire = fire;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/**
 * A clock that replaces `setTimeout`, `clearTimeout` and `performance.now()` of the process between
 * `install()` and `uninstall()`, so that one machine can simulate 10 000 clients.
 *
 * The fake timers of test libraries search all timers for the next one, which takes minutes with this many
 * timers. This clock keeps a list of timers for each millisecond.
 */
export class VirtualClock {
  #now = 0;
  #pending = 0;
  readonly #timersByMs = new Map<number, VirtualTimer[]>();
  #originals: PropertyDescriptorMap | undefined;

  /** Milliseconds since the clock was created. */
  get now(): number {
    return this.#now;
  }

  get pendingTimers(): number {
    return this.#pending;
  }

  readonly setTimeout = (
    callback: (...args: unknown[]) => void,
    delayMs = 1,
    ...args: unknown[]
  ): VirtualTimer => {
    const timer = new VirtualTimer(() => {
      this.clearTimeout(timer);
      callback(...args);
    });
    const dueMs = Math.ceil(this.#now + Math.max(1, delayMs));
    const timers = this.#timersByMs.get(dueMs);
    if (timers) timers.push(timer);
    else this.#timersByMs.set(dueMs, [timer]);
    this.#pending++;
    return timer;
  };

  readonly clearTimeout = (timer: VirtualTimer | undefined): void => {
    if (!timer || timer.isOver) return;
    timer.isOver = true;
    this.#pending--;
  };

  install(): void {
    const { setTimeout, clearTimeout } = Object.getOwnPropertyDescriptors(globalThis);
    this.#originals = { setTimeout, clearTimeout };
    Object.assign(globalThis, { setTimeout: this.setTimeout, clearTimeout: this.clearTimeout });
    performance.now = () => this.#now;
  }

  uninstall(): void {
    if (this.#originals) Object.defineProperties(globalThis, this.#originals);
    Reflect.deleteProperty(performance, 'now'); // Node's own method is on the prototype.
  }

  /**
   * Advances the time until `promise` is settled, and returns it. The time advances only while `isIdle`
   * returns true, because loading code and reading files need turns of the real event loop.
   */
  async runUntilSettled<T>(promise: Promise<T>, isIdle: () => boolean): Promise<T> {
    const state = { isSettled: false };
    const settle = (): void => {
      state.isSettled = true;
    };
    promise.then(settle, settle);
    let progressAt = process.hrtime.bigint();
    let pendingBefore = this.#pending;
    for (;;) {
      // After one turn of the event loop, all microtasks and `process.nextTick` callbacks have run.
      await setImmediate();
      if (state.isSettled) return await promise;
      if (isIdle()) this.#advance();
      else if (this.#pending === pendingBefore) {
        if (process.hrtime.bigint() - progressAt < STUCK_NS) continue;
        throw new Error(`No progress at ${this.#now} ms with ${this.#pending} pending timers.`);
      }
      progressAt = process.hrtime.bigint();
      pendingBefore = this.#pending;
    }
  }

  /** Moves to the next millisecond that has a timer and runs the timers of that millisecond. */
  #advance(): void {
    while (this.#pending > 0) {
      this.#now++;
      const due = this.#timersByMs.get(this.#now);
      if (!due) continue;
      this.#timersByMs.delete(this.#now);
      for (const timer of due) if (!timer.isOver) timer.fire();
      return;
    }
  }
}
