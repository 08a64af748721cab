import { outdatedConnectionError } from '../shared/index.ts';

const HINT = 'The messages may not have been delivered. Send them again.';

/** The unfinished `send()` calls of a producer that can be replaced. */
export class Sends {
  /** Rejects an unfinished call. */
  readonly #pending = new Set<(error: Error) => void>();
  /** Settles when a replaced producer has stopped. */
  #stopping: Promise<unknown> | undefined;

  /** Calls `send`, at once unless a replaced producer is stopping. */
  async run<T>(send: () => Promise<T>): Promise<T> {
    // Messages of two producers could overtake each other.
    while (this.#stopping) await this.#stopping;
    let reject!: (error: Error) => void;
    const stopped = new Promise<never>((_, rejectStopped) => (reject = rejectStopped));
    this.#pending.add(reject);
    try {
      return await Promise.race([send(), stopped]);
    } finally {
      this.#pending.delete(reject);
    }
  }

  /**
   * Delays new calls until `stop` has stopped the replaced producer. Then rejects the calls that the
   * producer has not finished, because it never settles them (librdkafka 2.15, `disconnect()`).
   */
  async stopProducer(stop: () => Promise<void>): Promise<void> {
    const stopping = stop().catch(() => undefined);
    this.#stopping = stopping;
    await stopping;
    this.#stopping = undefined;
    for (const reject of this.#pending) reject(outdatedConnectionError(HINT));
  }
}
