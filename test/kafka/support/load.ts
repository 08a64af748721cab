import { setTimeout as delay } from 'node:timers/promises';
import { PARTITIONS, type Delivery, type LoadDriver, type LoadMessage } from './load-drivers.ts';

/** Messages per second, by default. */
export const RATE = 600;
/**
 * `connections.max.reauth.ms` of the clusters under load: within this time, each connection logs in
 * again or ends.
 */
export const SESSION_MS = 15_000;
const KEYS = 12;
const TICK_MS = 50;
/** Time limit for sending one batch. */
const SEND_TIMEOUT_MS = 120_000;
/** Time limit for sending the backlog of an outage. */
const CATCH_UP_TIMEOUT_MS = 30_000;
/** Time limit for consuming the last messages. */
const DRAIN_TIMEOUT_MS = 30_000;

/** Result of one load. */
export interface LoadReport {
  readonly sent: number;
  readonly lost: number;
  /** Values that are in the log twice. */
  readonly duplicates: number;
  /** Offsets that were consumed twice, which is normal after a rebalance. */
  readonly redelivered: number;
  /** Messages that are out of order within their key in the log. */
  readonly outOfOrder: number;
  readonly ratePerSecond: number;
}

/**
 * Sends numbered messages at a steady rate through one client, and records what is consumed and
 * when.
 */
export class Load {
  /** Errors of rejected batches. Each batch was sent again. */
  readonly rejectedSends: string[] = [];
  readonly #rate: number;
  readonly #onRejectedSend: ((error: string) => void) | undefined;
  readonly #log = new Map<string, Delivery>();
  readonly #values = new Map<string, number>();
  #redelivered = 0;
  #sent = 0;
  #isStopping = false;
  #lastDelivery = performance.now();
  #longestGapMs = 0;
  #running: Promise<void> = Promise.resolve();
  #startedAt = 0;
  #stoppedAt = 0;
  /** Time of the last delivery of each partition. */
  readonly #lastOf = new Map<number, number>();
  #silentFrom = Infinity;
  #longestSilenceMs = 0;

  constructor(rate = RATE, onRejectedSend?: (error: string) => void) {
    this.#rate = rate;
    this.#onRejectedSend = onRejectedSend;
  }

  readonly onDelivery = (delivery: Delivery): void => {
    const now = performance.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastDelivery);
    this.#lastDelivery = now;
    this.#recordSilence(delivery.partition, now);
    this.#lastOf.set(delivery.partition, now);
    const place = `${delivery.partition}/${delivery.offset}`;
    if (this.#log.has(place)) this.#redelivered++;
    else {
      this.#log.set(place, delivery);
      const name = `${delivery.key}:${delivery.value}`;
      this.#values.set(name, (this.#values.get(name) ?? 0) + 1);
    }
  };

  /** Number of distinct messages that were consumed. */
  get delivered(): number {
    return this.#values.size;
  }

  /** Number of messages that Kafka has accepted. */
  get sent(): number {
    return this.#sent;
  }

  start(driver: LoadDriver): void {
    this.#startedAt = this.#lastDelivery = performance.now();
    this.#running = this.#produce(driver);
  }

  /** Returns the longest time between two deliveries since the last call, in milliseconds. */
  takeLongestGapMs(): number {
    const gap = Math.max(this.#longestGapMs, performance.now() - this.#lastDelivery);
    this.#longestGapMs = 0;
    return Math.round(gap);
  }

  /** Starts to measure how long a partition is silent. Time before this call does not count. */
  watchSilence(): void {
    this.#silentFrom = performance.now();
    this.#longestSilenceMs = 0;
  }

  /** Returns the longest silence of a partition since `watchSilence()`, and stops measuring. */
  takeLongestSilenceMs(): number {
    for (const partition of this.#lastOf.keys()) this.#recordSilence(partition, performance.now());
    this.#silentFrom = Infinity;
    return Math.round(this.#longestSilenceMs);
  }

  /** Returns the partitions with a delivery after `time`. */
  partitionsSince(time: number): number[] {
    return [...this.#lastOf].filter(([, last]) => last > time).map(([partition]) => partition);
  }

  #recordSilence(partition: number, now: number): void {
    const from = Math.max(this.#silentFrom, this.#lastOf.get(partition) ?? 0);
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, now - from);
  }

  /**
   * Sends the backlog of an outage, stops producing, and waits until all messages are consumed or
   * no more arrive.
   */
  async stop(): Promise<void> {
    const catchUpUntil = performance.now() + CATCH_UP_TIMEOUT_MS;
    while (this.#backlog > this.#rate && performance.now() < catchUpUntil) await delay(TICK_MS);
    this.#isStopping = true;
    await this.#running;
    this.#stoppedAt = performance.now();
    const giveUpAt = performance.now() + DRAIN_TIMEOUT_MS;
    while (this.#values.size < this.#sent && performance.now() < giveUpAt) {
      await delay(100);
    }
  }

  /** Messages that are due but not sent yet. */
  get #backlog(): number {
    return this.#due - this.#sent;
  }

  get #due(): number {
    return Math.floor(((performance.now() - this.#startedAt) * this.#rate) / 1000);
  }

  report(): LoadReport {
    const counts = [...this.#values.values()];
    return {
      sent: this.#sent,
      lost: this.#sent - this.#values.size,
      duplicates: counts.reduce((sum, count) => sum + count - 1, 0),
      redelivered: this.#redelivered,
      outOfOrder: this.#outOfOrder(),
      ratePerSecond: Math.round((1000 * this.#sent) / (this.#stoppedAt - this.#startedAt)),
    };
  }

  /**
   * Sends one batch of a partition at a time, so that the order within a key is defined. Sends
   * rejected batches again.
   */
  async #produce(driver: LoadDriver): Promise<void> {
    let next = 0;
    while (!this.#isStopping) {
      const messages = Array.from({ length: Math.min(this.#backlog, 2_000) }, (_, index) => {
        const number = next + index;
        const key = number % KEYS;
        const partition = key % PARTITIONS;
        return { key: `key-${key}`, value: String(Math.floor(number / KEYS)), partition };
      });
      // Partitions are sent separately, so that a rejected one can be sent again alone. Moreover,
      // kafkajs 2.2.4 (producer/sendMessages.js) can skip a partition and report it as sent, if its
      // leader changes to a broker that has answered for another partition of the same send().
      await Promise.all(
        Array.from({ length: PARTITIONS }, async (_, which) => {
          const part = messages.filter(({ partition }) => partition === which);
          if (part.length > 0) await this.#sendUntilAccepted(driver, part);
        }),
      );
      next += messages.length;
      this.#sent = next;
      await delay(TICK_MS);
    }
  }

  async #sendUntilAccepted(driver: LoadDriver, messages: LoadMessage[]): Promise<void> {
    const giveUpAt = performance.now() + SEND_TIMEOUT_MS;
    for (;;) {
      try {
        await driver.send(messages);
        return;
      } catch (error) {
        const text = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
        this.rejectedSends.push(text.slice(0, 200));
        this.#onRejectedSend?.(text);
        if (performance.now() > giveUpAt) throw error;
        await delay(250);
      }
    }
  }

  #outOfOrder(): number {
    const byPlace = [...this.#log.values()].sort((a, b) =>
      a.partition === b.partition ? Number(a.offset - b.offset) : a.partition - b.partition,
    );
    const last = new Map<string, number>();
    const seen = new Set<string>();
    let count = 0;
    for (const { key, value } of byPlace) {
      // A duplicate is in order if its first copy is.
      if (seen.has(`${key}:${value}`)) continue;
      seen.add(`${key}:${value}`);
      const number = Number(value);
      if (number < (last.get(key) ?? -1)) count++;
      last.set(key, Math.max(number, last.get(key) ?? -1));
    }
    return count;
  }
}
