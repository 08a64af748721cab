import { outdatedConnectionError } from '../shared/index.ts';
import type { ConfluentClient } from './confluent-connection.ts';
import type { Work } from './confluent-session.ts';

/**
 * Time for a replaced producer to deliver its messages. New messages wait meanwhile. The method
 * `disconnect()` of the library would wait 5 s if the brokers cannot be reached.
 */
const DELIVERY_TIMEOUT_MS = 2_000;
const HINT = 'The messages may not have been delivered. Send them again.';

/** A producer of the library. */
export interface ConfluentProducer extends ConfluentClient {
  send(...args: unknown[]): Promise<unknown>;
  sendBatch(...args: unknown[]): Promise<unknown>;
}

/** The unfinished `send()` calls of a producer. */
export class Sends implements Work<ConfluentProducer> {
  readonly #current: () => ConfluentProducer;
  /** Rejects an unfinished call. */
  readonly #pending = new Set<(error: Error) => void>();
  /** Settles when the previous producer has stopped. */
  #stopping: Promise<unknown> | undefined;

  /** @param current - Returns the connected producer. */
  constructor(current: () => ConfluentProducer) {
    this.#current = current;
  }

  method(key: string | symbol): unknown {
    if (key !== 'send' && key !== 'sendBatch') return undefined;
    return (...args: unknown[]) => this.#run(() => this.#current()[key](...args));
  }

  /**
   * Delays new calls until the previous producer has stopped. Then rejects the calls that it has not
   * finished, because it never settles them (librdkafka 2.15, `disconnect()`).
   */
  async continueWith(previous: ConfluentProducer, use: () => void): Promise<void> {
    this.#stopping = new Promise<void>((resolve) => {
      previous._getInternalClient?.()?.disconnect(DELIVERY_TIMEOUT_MS, resolve);
    });
    use();
    await this.#stopping;
    this.#stopping = undefined;
    for (const reject of this.#pending) reject(outdatedConnectionError(HINT));
  }

  /** Calls `send`, at once unless the previous producer is stopping. */
  async #run<T>(send: () => Promise<T>): Promise<T> {
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
}
