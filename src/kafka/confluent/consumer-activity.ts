import { QuixError } from 'quix-streams-auth';
import type { ClientActivity } from './client-activity.ts';
import type { ConfluentClient } from './confluent-connection.ts';

/** Time for a replaced consumer to commit its offsets and to leave its group. */
const MAX_STOP_MS = 1_000;
/** Time limit for reading the committed offsets. */
const COMMITTED_TIMEOUT_MS = 5_000;

interface Topic {
  readonly topic: string;
  readonly partitions?: readonly number[];
}

interface Partition {
  readonly topic: string;
  readonly partition: number;
}

/** Argument of `eachMessage` or `eachBatch`. */
type Payload = { pause: () => unknown } & (Partition | { readonly batch: Partition });

type Handler = (payload: Payload) => Promise<void>;

interface Subscription {
  readonly replace?: boolean;
}

interface RunConfig {
  readonly eachMessage?: Handler;
  readonly eachBatch?: Handler;
}

/** A consumer of the library. */
export interface ConfluentConsumer extends ConfluentClient {
  subscribe(subscription: Subscription): Promise<void>;
  run(config: RunConfig): Promise<void>;
  pause(topics: readonly Topic[]): unknown;
  paused(): readonly Topic[];
  resume(topics: readonly Topic[]): void;
  assignment(): Partition[];
  /** The offset of a partition is `null` if none was committed. */
  committed(partitions: Partition[], timeoutMs: number): Promise<{ offset: string | null }[]>;
}

/** The subscriptions of a consumer, and the functions that handle its messages. */
export class ConsumerActivity implements ClientActivity<ConfluentConsumer> {
  readonly #current: () => ConfluentConsumer;
  readonly #needsOffsets: boolean;
  #subscriptions: Subscription[] = [];
  #config: RunConfig | undefined;
  /** The only consumer that may handle messages. */
  #active: ConfluentConsumer | undefined;
  /** Results of the handlers that are running. */
  readonly #running = new Set<Promise<void>>();

  /**
   * @param current - Returns the connected consumer.
   * @param needsOffsets - Whether a partition without a committed offset begins at its end.
   */
  constructor(current: () => ConfluentConsumer, needsOffsets: boolean) {
    this.#current = current;
    this.#needsOffsets = needsOffsets;
  }

  method(key: string | symbol): unknown {
    return key === 'subscribe' || key === 'run' || key === 'pause' ? this[key] : undefined;
  }

  readonly subscribe = async (subscription: Subscription): Promise<void> => {
    await this.#current().subscribe(subscription);
    if (subscription.replace) this.#subscriptions = [];
    this.#subscriptions.push(subscription);
  };

  readonly run = async (config: RunConfig): Promise<void> => {
    await this.#run(config);
    this.#config = config;
  };

  /** Returns a function that resumes the topics, also on a consumer that has replaced this one. */
  readonly pause = (topics: readonly Topic[]): (() => void) => {
    this.#current().pause(topics);
    return () => {
      this.#current().resume(topics);
    };
  };

  /**
   * Stops the previous consumer, and waits until its current messages have been handled. The previous
   * consumer may stay a member of the group for some time, but it handles no more messages.
   */
  async stop(previous: ConfluentConsumer, next: ConfluentConsumer): Promise<void> {
    await this.#assertOffsets(previous, next);
    this.#active = undefined;
    const stopped = previous.disconnect().catch(() => undefined);
    await Promise.allSettled(this.#running);
    // If no broker can be reached, disconnect() takes as long as session.timeout.ms.
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise((resolve) => (timer = setTimeout(resolve, MAX_STOP_MS)));
    await Promise.race([stopped, timeout]);
    clearTimeout(timer);
  }

  /** Repeats `subscribe()`, `pause()` and `run()` with the next consumer. */
  async start(previous: ConfluentConsumer, next: ConfluentConsumer): Promise<void> {
    for (const subscription of this.#subscriptions) await next.subscribe(subscription);
    const paused = previous.paused();
    if (paused.length > 0) {
      // librdkafka can only pause partitions that are assigned.
      next._getInternalClient?.()?.once('rebalance', () => next.pause(paused));
    }
    if (this.#config) await this.#run(this.#config);
  }

  /** Rejects if the next consumer could skip messages. */
  async #assertOffsets(previous: ConfluentConsumer, next: ConfluentConsumer): Promise<void> {
    const partitions = this.#needsOffsets ? previous.assignment() : [];
    if (partitions.length === 0) return;
    const committed = await next.committed(partitions, COMMITTED_TIMEOUT_MS);
    if (committed.every(({ offset }) => offset !== null)) return;
    const summary = 'A partition has no committed offset, so a new consumer could skip messages.';
    throw new QuixError('QUIX_UNSUPPORTED', summary);
  }

  async #run(config: RunConfig): Promise<void> {
    const consumer = this.#current();
    this.#active = consumer;
    const guard = (handle: Handler): Handler => {
      return async (payload) => {
        // After an error, the library does not commit the offset of the message.
        if (consumer !== this.#active) throw new Error('A new consumer handles this message.');
        const { topic, partition } = 'batch' in payload ? payload.batch : payload;
        payload.pause = () => this.pause([{ topic, partitions: [partition] }]);
        const handling = handle(payload);
        this.#running.add(handling);
        try {
          await handling;
        } finally {
          this.#running.delete(handling);
        }
      };
    };
    const { eachMessage, eachBatch } = config;
    await consumer.run({
      ...config,
      ...(eachMessage && { eachMessage: guard(eachMessage) }),
      ...(eachBatch && { eachBatch: guard(eachBatch) }),
    });
  }
}
