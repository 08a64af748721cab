import { randomBytes } from 'node:crypto';
import type { Goal, Measure } from '../figure.ts';
import { compare, type Comparison, type Patience } from '../kafka/compare.ts';
import { confluent } from '../kafka/confluent.ts';
import { kafkaJS } from '../kafka/kafkajs.ts';
import { platformatic } from '../kafka/platformatic.ts';
import { onStage } from '../kafka/stage.ts';
import { timeConsume, timeProduce } from '../kafka/throughput.ts';
import { withSpread } from '../support/statistics.ts';

const AT_LEAST = 0.97;
const AT_MOST = 1.03;

const MESSAGE_BYTES = 1_000;
const BATCH = 500;
/** Batches that a sample produces, one after the other, and that one consumes. */
const PRODUCED = 5;
const CONSUMED = 60;

const PATIENCE: Patience = {
  warmUpMs: 3_000,
  atLeastMs: 15_000,
  atMostMs: 35_000,
  precision: 0.008,
};
/** A sample of it takes longer. */
const CONSUME_PATIENCE: Patience = { ...PATIENCE, atMostMs: 70_000 };
const QUICK: Patience = { warmUpMs: 1_000, atLeastMs: 4_000, atMostMs: 4_000, precision: 0 };

/** Messages a second, of times in milliseconds. */
const rates = (batches: number, times: readonly number[]): number[] =>
  times.map((time) => (batches * BATCH * 1000) / time);

export const measureKafkaThroughput: Measure = ({ quick }) =>
  onStage(async (stage) => {
    const patience = quick ? QUICK : PATIENCE;
    const rows: string[][] = [];
    const goals: Goal[] = [];
    const batch = Array.from({ length: BATCH }, () => randomBytes(MESSAGE_BYTES));
    const [written, filled] = ['bench-written', 'bench-filled'];
    for (const topic of [written, filled]) await stage.kafka.createTopic(topic);
    let isFilled = false;
    for (const open of [kafkaJS, platformatic, confluent]) {
      const { name, contestant } = await open(stage);
      const [literal, adapter] = [contestant('literal'), contestant('adapter')];
      // One batch more than is sent within the time.
      if (!isFilled) await timeProduce(literal, filled, batch, CONSUMED - 1);
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
          name: `${name}, ${verb}: rate over that of literals`,
          value: ratio,
          atLeast: AT_LEAST,
          atMost: AT_MOST,
        });
      };
      // The ratio of the rates is the other way round than that of the times.
      add(
        'produce',
        PRODUCED,
        await compare(
          () => timeProduce(adapter, written, batch, PRODUCED),
          () => timeProduce(literal, written, batch, PRODUCED),
          patience,
        ),
      );
      add(
        'consume',
        CONSUMED,
        await compare(
          () => timeConsume(adapter, filled, CONSUMED * BATCH),
          () => timeConsume(literal, filled, CONSUMED * BATCH),
          quick ? QUICK : CONSUME_PATIENCE,
        ),
      );
    }
    return {
      title: 'Throughput',
      how: `Messages of ${MESSAGE_BYTES} bytes through a real Apache Kafka on this machine (one broker, one partition, TLS, acks from all replicas), with the adapter and with the same settings as literals. A sample is a new producer that sends ${PRODUCED} batches of ${BATCH} after one to warm up, or a new consumer group that reads ${CONSUMED * BATCH} messages, timed from the first to the last. Each round measures both twice, in the order ABBA or BAAB; the ratio is the median of the rounds’, with its 95 % confidence interval.`,
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
