import { setTimeout as delay } from 'node:timers/promises';
import { PARTITIONS, type Delivery, type LoadDriver, type LoadMessage } from './load-drivers.ts';

/** Messages a second, spread over this many keys. */
const RATE = 600;
const KEYS = 12;
const TICK_MS = 50;
/** So long one batch is tried. */
const SEND_TIMEOUT_MS = 120_000;
/** So long a client may take to send what fell due while Kafka refused it. */
const CATCH_UP_TIMEOUT_MS = 30_000;
/** So long the last messages may take to come back. */
const DRAIN_TIMEOUT_MS = 30_000;

/** What happened to the messages of one load. */
export interface LoadReport {
  readonly sent: number;
  readonly lost: number;
  /** One value twice in the log. */
  readonly duplicates: number;
  /** One place of the log delivered twice, as consumers do after a rebalance. */
  readonly redelivered: number;
  /** Messages of a key that are out of their order in the log. */
  readonly outOfOrder: number;
  readonly ratePerSecond: number;
}

/** Steady numbered messages through one client, and a record of what came back and when. */
export class Load {
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

  readonly onDelivery = (delivery: Delivery): void => {
    const now = performance.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastDelivery);
    this.#lastDelivery = now;
    const place = `${delivery.partition}/${delivery.offset}`;
    if (this.#log.has(place)) this.#redelivered++;
    else {
      this.#log.set(place, delivery);
      const name = `${delivery.key}:${delivery.value}`;
      this.#values.set(name, (this.#values.get(name) ?? 0) + 1);
    }
  };

  /** Different messages that came back so far. */
  get delivered(): number {
    return this.#values.size;
  }

  start(driver: LoadDriver): void {
    this.#startedAt = this.#lastDelivery = performance.now();
    this.#running = this.#produce(driver);
  }

  /** The longest time between two deliveries since the last call, in milliseconds. */
  takeLongestGapMs(): number {
    const gap = Math.max(this.#longestGapMs, performance.now() - this.#lastDelivery);
    this.#longestGapMs = 0;
    return Math.round(gap);
  }

  /**
   * Stops producing once what fell due during an outage was sent as well, and waits until all of it was
   * delivered, or nothing more comes.
   */
  async stop(): Promise<void> {
    const catchUpUntil = performance.now() + CATCH_UP_TIMEOUT_MS;
    while (this.#backlog > RATE && performance.now() < catchUpUntil) await delay(TICK_MS);
    this.#isStopping = true;
    await this.#running;
    this.#stoppedAt = performance.now();
    const giveUpAt = performance.now() + DRAIN_TIMEOUT_MS;
    while (this.#values.size < this.#sent && performance.now() < giveUpAt) {
      await delay(100);
    }
  }

  /** Messages that are due by the pace of the load and not sent yet. */
  get #backlog(): number {
    return this.#due - this.#sent;
  }

  get #due(): number {
    return Math.floor(((performance.now() - this.#startedAt) * RATE) / 1000);
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

  /** One batch of a partition at a time, so that a key has one order; what a client rejects is sent again. */
  async #produce(driver: LoadDriver): Promise<void> {
    let next = 0;
    while (!this.#isStopping) {
      const messages = Array.from({ length: Math.min(this.#backlog, 2_000) }, (_, index) => {
        const number = next + index;
        const key = number % KEYS;
        const partition = key % PARTITIONS;
        return { key: `key-${key}`, value: String(Math.floor(number / KEYS)), partition };
      });
      // Each partition by itself: what is rejected can be sent again without what was not. And kafkajs
      // 2.2.4 (producer/sendMessages.js) may skip a partition, and say that it was sent, when its leader
      // changes to a broker that has answered for another partition of the same send().
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
        this.rejectedSends.push(
          error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 200) : 'unknown',
        );
        if (performance.now() > giveUpAt) throw error;
        await delay(250);
      }
    }
  }

  /** What clients rejected, each sent again by the load. */
  readonly rejectedSends: string[] = [];

  #outOfOrder(): number {
    const byPlace = [...this.#log.values()].sort((a, b) =>
      a.partition === b.partition ? Number(a.offset - b.offset) : a.partition - b.partition,
    );
    const last = new Map<string, number>();
    let count = 0;
    for (const { key, value } of byPlace) {
      const number = Number(value);
      if (number < (last.get(key) ?? -1)) count++;
      last.set(key, Math.max(number, last.get(key) ?? -1));
    }
    return count;
  }
}
