import { outdatedConnectionError } from '../shared/index.ts';
import type { ClientActivity } from './client-activity.ts';
import type { ConfluentClient } from './confluent-connection.ts';

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
export class ProducerActivity implements ClientActivity<ConfluentProducer> {
  readonly #current: () => ConfluentProducer;
  /** Functions that reject the unfinished calls. */
  readonly #pending = new Set<(error: Error) => void>();
  /** Resolves when the previous producer has stopped. New calls wait for it. */
  #stopping: Promise<unknown> | undefined;

  /** @param current - Returns the connected producer. */
  constructor(current: () => ConfluentProducer) {
    this.#current = current;
  }

  method(key: string | symbol): unknown {
    if (key !== 'send' && key !== 'sendBatch') return undefined;
    return (...args: unknown[]) => this.#run(() => this.#current()[key](...args));
  }

  /** Begins to stop the previous producer. */
  stop(previous: ConfluentProducer): Promise<void> {
    this.#stopping = new Promise<void>((resolve) => {
      previous._getInternalClient?.()?.disconnect(DELIVERY_TIMEOUT_MS, resolve);
    });
    return Promise.resolve();
  }

  /**
   * Waits until the previous producer has stopped. Then rejects the calls that it has not finished,
   * because it never settles them (librdkafka 2.15, `disconnect()`).
   */
  async start(): Promise<void> {
    await this.#stopping;
    this.#stopping = undefined;
    for (const reject of this.#pending) reject(outdatedConnectionError(HINT));
  }

  /** Calls `send`, as soon as no previous producer is stopping. */
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
