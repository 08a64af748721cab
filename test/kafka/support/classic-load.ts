import { setTimeout as delay } from 'node:timers/promises';
import type { ClassicConsumer, ClassicProducer } from './classic-bindings.ts';
import { waitUntil } from './wait-until.ts';

type Replace = () => Promise<void>;

/** Returns the texts `0`, `1` and so on. */
export const numbers = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${index}`);

/** Stops a consumer as docs/librdkafka.md describes. */
export async function stopConsumer(consumer: ClassicConsumer): Promise<void> {
  if (!consumer.isConnected()) return;
  consumer.unsubscribe();
  await delay(100);
  await new Promise<void>((resolve) => consumer.disconnect(resolve));
}

/** Produces and consumes messages, and replaces both clients as docs/librdkafka.md describes. */
export class ClassicLoad {
  sent = 0;
  replaced = 0;
  readonly #topic: string;
  readonly #startProducer: (replace: Replace) => Promise<ClassicProducer>;
  readonly #startConsumer: (
    onValue: (value: string) => void,
    replace: Replace,
  ) => Promise<ClassicConsumer>;
  readonly #received: string[] = [];
  /** Messages without a delivery report. */
  readonly #undelivered = new Set<string>();
  #producer: ClassicProducer | undefined;
  #consumer: ClassicConsumer | undefined;
  readonly #stopped: Promise<void>[] = [];
  #lastReceivedAt = 0;
  #longestGapMs = 0;

  constructor(
    topic: string,
    startProducer: (replace: Replace) => Promise<ClassicProducer>,
    startConsumer: (onValue: (value: string) => void, replace: Replace) => Promise<ClassicConsumer>,
  ) {
    this.#topic = topic;
    this.#startProducer = startProducer;
    this.#startConsumer = startConsumer;
  }

  /** Number of messages that were received, including repeated ones. */
  get received(): number {
    return this.#received.length;
  }

  async start(): Promise<void> {
    await Promise.all([this.#createProducer(), this.startConsumer()]);
  }

  async #createProducer(): Promise<void> {
    const producer = await this.#startProducer(async () => {
      this.#producer = undefined;
      await new Promise<void>((resolve) => producer.disconnect(1_000, resolve));
      await this.#createProducer();
      this.replaced++;
      for (const value of this.#undelivered) this.#produce(value);
    });
    producer.on('delivery-report', (error, { opaque }) => {
      if (!error) this.#undelivered.delete(String(opaque));
    });
    this.#producer = producer;
  }

  async startConsumer(): Promise<void> {
    const receive = (value: string): void => {
      const now = performance.now();
      if (this.#received.push(value) > 1)
        this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastReceivedAt);
      this.#lastReceivedAt = now;
    };
    const consumer = await this.#startConsumer(receive, async () => {
      this.#stopped.push(stopConsumer(consumer));
      await this.startConsumer();
      this.replaced++;
    });
    this.#consumer = consumer;
  }

  #produce(value: string): void {
    this.#producer?.produce(this.#topic, null, Buffer.from(value), 'one', Date.now(), value);
  }

  /** Sends up to 200 messages a second. */
  async runFor(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (performance.now() < end) {
      const value = String(this.sent++);
      this.#undelivered.add(value);
      this.#produce(value);
      await delay(5);
    }
  }

  async stopConsumer(): Promise<void> {
    if (this.#consumer) await stopConsumer(this.#consumer);
  }

  /** Waits until all messages have arrived, and the replaced consumers have stopped. */
  async finish(): Promise<void> {
    await waitUntil(() => Promise.resolve(this.lost().length === 0), {
      timeoutMs: 60_000,
      what: 'Receiving all messages',
    });
    await Promise.all(this.#stopped);
  }

  /** Returns the messages that were not received. */
  lost(): string[] {
    const received = new Set(this.#received);
    return numbers(this.sent).filter((value) => !received.has(value));
  }

  summary(): string {
    const { length } = this.#received;
    const repeated = length - new Set(this.#received).size;
    return `${this.sent} messages sent, ${this.lost().length} lost, ${repeated} repeated, ${this.replaced} clients replaced, longest gap ${Math.round(this.#longestGapMs)} ms.`;
  }
}
