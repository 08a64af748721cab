import { setImmediate } from 'node:timers/promises';

/** When nothing moves for so long in real time, a wait was missed. */
const STUCK_NS = 30_000_000_000n;

/** A timer as far as anybody here looks at it. */
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
 * A clock of its own for the process: from `install()` to `uninstall()`, `setTimeout`, `clearTimeout`
 * and `performance.now()` follow it. So 10 000 clients keep the time of 10 000 machines on one.
 *
 * The fake timers of test libraries look through all timers for each that fires, which takes minutes
 * for so many; here each millisecond has its list.
 */
export class VirtualClock {
  #now = 0;
  #live = 0;
  readonly #agenda = new Map<number, VirtualTimer[]>();
  #originals: PropertyDescriptorMap | undefined;

  /** Milliseconds since it was made. */
  get now(): number {
    return this.#now;
  }

  /** Timers that wait. */
  get live(): number {
    return this.#live;
  }

  readonly setTimeout = (
    callback: (...given: unknown[]) => void,
    delayMs = 1,
    ...given: unknown[]
  ): VirtualTimer => {
    const timer = new VirtualTimer(() => {
      this.clearTimeout(timer);
      callback(...given);
    });
    const due = Math.ceil(this.#now + Math.max(1, delayMs));
    const timers = this.#agenda.get(due);
    if (timers) timers.push(timer);
    else this.#agenda.set(due, [timer]);
    this.#live++;
    return timer;
  };

  readonly clearTimeout = (timer: VirtualTimer | undefined): void => {
    if (!timer || timer.isOver) return;
    timer.isOver = true;
    this.#live--;
  };

  install(): void {
    const { setTimeout, clearTimeout } = Object.getOwnPropertyDescriptors(globalThis);
    this.#originals = { setTimeout, clearTimeout };
    Object.assign(globalThis, { setTimeout: this.setTimeout, clearTimeout: this.clearTimeout });
    performance.now = () => this.#now;
  }

  uninstall(): void {
    if (this.#originals) Object.defineProperties(globalThis, this.#originals);
    Reflect.deleteProperty(performance, 'now'); // the prototype has Node's own
  }

  /**
   * Lets time pass until `promise` is settled, and settles with it. Time moves on only while `isIdle`
   * says that nobody has anything left to do at the present time: what loads code or reads a file
   * takes turns of the real loop.
   */
  async passUntil<T>(promise: Promise<T>, isIdle: () => boolean): Promise<T> {
    const state = { isSettled: false };
    const settle = (): void => {
      state.isSettled = true;
    };
    promise.then(settle, settle);
    let lookedAt = process.hrtime.bigint();
    let seen = this.#live;
    for (;;) {
      // One turn of the loop leaves no promise and no tick that could run.
      await setImmediate();
      if (state.isSettled) return await promise;
      if (isIdle()) this.#moveOn();
      else if (this.#live === seen && process.hrtime.bigint() - lookedAt > STUCK_NS) {
        throw new Error(`Stuck at ${this.#now} ms, with ${this.#live} timers.`);
      } else if (this.#live === seen) continue;
      lookedAt = process.hrtime.bigint();
      seen = this.#live;
    }
  }

  /** To the next millisecond that has something due, and does that. */
  #moveOn(): void {
    while (this.#live > 0) {
      this.#now++;
      const due = this.#agenda.get(this.#now);
      if (!due) continue;
      this.#agenda.delete(this.#now);
      for (const timer of due) if (!timer.isOver) timer.fire();
      return;
    }
  }
}
