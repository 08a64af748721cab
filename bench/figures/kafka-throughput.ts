import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Goal, Measure } from '../figure.ts';
import type { BenchClient } from '../kafka/bench-client.ts';
import { confluent } from '../kafka/confluent.ts';
import { withKafka } from '../kafka/environment.ts';
import { kafkaJS } from '../kafka/kafkajs.ts';
import { platformatic } from '../kafka/platformatic.ts';
import { compare, type Comparison, type Duration } from '../support/compare.ts';
import { withSpread } from '../support/statistics.ts';

const MIN_RATIO = 0.97;
const MAX_RATIO = 1.03;

const MESSAGE_BYTES = 1_000;
const BATCH = 500;
/** Batches that one sample produces. */
const PRODUCED = 5;
/** Batches that one sample consumes. */
const CONSUMED = 60;
const CONSUME_TIMEOUT_MS = 60_000;

const DURATION: Duration = {
  warmUpMs: 3_000,
  atLeastMs: 15_000,
  atMostMs: 35_000,
  precision: 0.008,
};
const CONSUME_DURATION: Duration = { ...DURATION, atMostMs: 70_000 };
const QUICK: Duration = { warmUpMs: 1_000, atLeastMs: 4_000, atMostMs: 4_000, precision: 0 };

/** Creates a producer and returns the milliseconds that `times` batches take after a first one. */
async function timeProduce(
  client: BenchClient,
  topic: string,
  batch: readonly Buffer[],
  times: number,
): Promise<number> {
  const { send, close } = await client.startProducer(topic);
  try {
    await send(batch);
    const start = performance.now();
    for (let sent = 0; sent < times; sent++) await send(batch);
    return performance.now() - start;
  } finally {
    await close();
  }
}

/** Reads the topic in a new group and returns the milliseconds from the first message to the last. */
async function timeConsume(client: BenchClient, topic: string, count: number): Promise<number> {
  let received = 0;
  let start = 0;
  const { promise, resolve } = promiseWithResolver<number>();
  const close = await client.startConsumer(topic, () => {
    received++;
    if (received === 1) start = performance.now();
    if (received === count) resolve(performance.now() - start);
  });
  const timeout = new AbortController();
  const fail = async (): Promise<never> => {
    await delay(CONSUME_TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => undefined);
    throw new Error(`Only ${received} messages were consumed within ${CONSUME_TIMEOUT_MS} ms.`);
  };
  try {
    return await Promise.race([promise, fail()]);
  } finally {
    timeout.abort();
    await close();
  }
}

function promiseWithResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** Converts the milliseconds of some batches to messages per second. */
const rates = (batches: number, times: readonly number[]): number[] =>
  times.map((time) => (batches * BATCH * 1000) / time);

export const measureKafkaThroughput: Measure = ({ quick }) =>
  withKafka(async (environment) => {
    const rows: string[][] = [];
    const goals: Goal[] = [];
    const batch = Array.from({ length: BATCH }, () => randomBytes(MESSAGE_BYTES));
    const [written, filled] = ['bench-written', 'bench-filled'];
    for (const topic of [written, filled]) await environment.kafka.createTopic(topic);
    let isFilled = false;
    for (const open of [kafkaJS, platformatic, confluent]) {
      const { name, client } = await open(environment);
      const [literals, adapter] = [client('literals'), client('adapter')];
      // timeProduce() sends one batch more than it counts.
      if (!isFilled) await timeProduce(literals, filled, batch, CONSUMED - 1);
      isFilled = true;
      const add = (verb: string, batches: number, compared: Comparison): void => {
        const { one, other, rounds, ratio, interval } = compared;
        rows.push([
          `${name}, ${verb}`,
          withSpread(rates(batches, other)),
          withSpread(rates(batches, one)),
          ratio.toFixed(3),
          interval.map((each) => each.toFixed(3)).join(' to '),
          String(rounds),
          String(4 * rounds * batches * BATCH),
        ]);
        goals.push({
          name: `${name}, ${verb}: rate of the adapter to that of literals`,
          value: ratio,
          atLeast: MIN_RATIO,
          atMost: MAX_RATIO,
        });
      };
      // The adapter comes first: the ratio of the rates is the inverse of the ratio of the times.
      add(
        'produce',
        PRODUCED,
        await compare(
          () => timeProduce(adapter, written, batch, PRODUCED),
          () => timeProduce(literals, written, batch, PRODUCED),
          quick ? QUICK : DURATION,
        ),
      );
      add(
        'consume',
        CONSUMED,
        await compare(
          () => timeConsume(adapter, filled, CONSUMED * BATCH),
          () => timeConsume(literals, filled, CONSUMED * BATCH),
          quick ? QUICK : CONSUME_DURATION,
        ),
      );
    }
    return {
      title: 'Kafka throughput',
      method: `Messages of ${MESSAGE_BYTES} bytes through a real Apache Kafka on the same machine (one broker, one partition, TLS, acknowledged by all replicas), with the adapter and with the same settings as literals. A sample is a new producer that sends ${PRODUCED} batches of ${BATCH} messages after a first one, or a new consumer group that reads ${CONSUMED * BATCH} messages. Each round measures both twice, in the order ABBA or BAAB. The ratio is the median of the ratios of all rounds.`,
      head: [
        'client',
        'literals, messages/s',
        'adapter, messages/s',
        'ratio',
        '95 % interval',
        'rounds',
        'messages',
      ],
      rows,
      goals,
    };
  });
