import type { Goal, Measure } from '../figure.ts';
import { compare, type Comparison, type Patience } from '../kafka/compare.ts';
import { confluent } from '../kafka/confluent.ts';
import type { Contestant } from '../kafka/contestant.ts';
import { kafkaJS } from '../kafka/kafkajs.ts';
import { platformatic } from '../kafka/platformatic.ts';
import { onStage } from '../kafka/stage.ts';
import { withSpread } from '../support/statistics.ts';

/** An adapter adds at most this part of a connect, in per cent. */
const AT_MOST = 2;
/** The same of the first connect after an exchange, where its own code is all that differs. */
const FIRST_AT_MOST = 5;

const PATIENCE: Patience = {
  warmUpMs: 3_000,
  atLeastMs: 15_000,
  atMostMs: 35_000,
  precision: 0.005,
};
const QUICK: Patience = { warmUpMs: 1_000, atLeastMs: 3_000, atMostMs: 3_000, precision: 0 };

/** From nothing to a client that has logged in. */
async function timeConnect(contestant: Contestant): Promise<number> {
  const start = performance.now();
  const close = await contestant.connect();
  const time = performance.now() - start;
  await close();
  return time;
}

function row(name: string, { one, other, ratio, interval, rounds }: Comparison): string[] {
  return [
    name,
    withSpread(one),
    withSpread(other),
    percent(ratio),
    interval.map(percent).join(' to '),
    String(rounds),
  ];
}

const percent = (ratio: number): string => `${((ratio - 1) * 100).toFixed(1)} %`;

export const measureKafkaConnect: Measure = ({ quick }) =>
  onStage(async (stage) => {
    const rows: string[][] = [];
    const goals: Goal[] = [];
    const notes: string[] = [];
    for (const open of [kafkaJS, platformatic, confluent]) {
      const { name, contestant } = await open(stage);
      const [literal, adapter] = [contestant('literal'), contestant('adapter')];
      const patience = quick ? QUICK : PATIENCE;
      // The exchange comes before the literals' connect, too: it leaves the processor's caches cold.
      const afterExchange = (contestant: Contestant) => async (): Promise<number> => {
        await stage.exchangeAnew();
        return await timeConnect(contestant);
      };
      const each = await compare(
        () => timeConnect(literal),
        () => timeConnect(adapter),
        patience,
      );
      const first = await compare(afterExchange(literal), afterExchange(adapter), patience);
      for (const [which, comparison, atMost] of [
        ['each', each, AT_MOST],
        ['first after an exchange', first, FIRST_AT_MOST],
      ] as const) {
        const { ratio, interval } = comparison;
        const title = `${name}, ${which}`;
        rows.push(row(title, comparison));
        goals.push({ name: `added to a connect of ${title}, %`, value: (ratio - 1) * 100, atMost });
        if ((interval[1] - 1) * 100 > atMost) {
          notes.push(`${title}: the interval reaches over the limit.`);
        }
      }
    }
    notes.push(
      'What the connections of one snapshot share is made by the first of them: the keys of a SCRAM login (RFC 5802, section 5.1) and the TLS settings with the CA. With literals, kafkajs and @platformatic/kafka make both for each connection. The first one after an exchange, once in a process that lives until a rotation, has nothing to share yet: it shows what the adapter’s own code takes.',
    );
    return {
      title: 'Per connection',
      how: 'A new producer is made and connected to a real Apache Kafka on this machine, over TLS with SCRAM-SHA-512, once with the adapter, whose client has its credentials already, and once with the same settings as literals. Each round measures both twice, in the order ABBA or BAAB; what is added is the median of the rounds’ ratios, with its 95 % confidence interval.',
      head: [
        'client, connection',
        'literals, ms',
        'adapter, ms',
        'added',
        '95 % interval',
        'rounds',
      ],
      rows,
      goals,
      notes,
    };
  });
