import type { Goal, Measure } from '../figure.ts';
import type { BenchClient } from '../kafka/bench-client.ts';
import { confluent } from '../kafka/confluent.ts';
import { withKafka } from '../kafka/environment.ts';
import { kafkaJS } from '../kafka/kafkajs.ts';
import { platformatic } from '../kafka/platformatic.ts';
import { compare, type Comparison, type Duration } from '../support/compare.ts';
import { withSpread } from '../support/statistics.ts';

/** How much longer a connection may take with the adapter, in per cent. */
const LIMIT = 2;
/** The same for the first connection after an exchange. */
const FIRST_LIMIT = 5;

const DURATION: Duration = {
  warmUpMs: 3_000,
  atLeastMs: 15_000,
  atMostMs: 35_000,
  precision: 0.005,
};
const QUICK: Duration = { warmUpMs: 1_000, atLeastMs: 3_000, atMostMs: 3_000, precision: 0 };

/** Returns the milliseconds to create a client, connect it and log in. */
async function timeConnect(client: BenchClient): Promise<number> {
  const start = performance.now();
  const close = await client.connect();
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
  withKafka(async (environment) => {
    const rows: string[][] = [];
    const goals: Goal[] = [];
    const notes: string[] = [];
    for (const open of [kafkaJS, platformatic, confluent]) {
      const { name, client } = await open(environment);
      const [literals, adapter] = [client('literals'), client('adapter')];
      const duration = quick ? QUICK : DURATION;
      // Runs the exchange before both kinds of connection, because it displaces data from the processor's
      // caches.
      const afterExchange = (client: BenchClient) => async (): Promise<number> => {
        await environment.renewCredentials();
        return await timeConnect(client);
      };
      const each = await compare(
        () => timeConnect(literals),
        () => timeConnect(adapter),
        duration,
      );
      const first = await compare(afterExchange(literals), afterExchange(adapter), duration);
      for (const [which, comparison, atMost] of [
        ['each', each, LIMIT],
        ['first after an exchange', first, FIRST_LIMIT],
      ] as const) {
        const { ratio, interval } = comparison;
        const title = `${name}, ${which}`;
        rows.push(row(title, comparison));
        goals.push({
          name: `added to a connection of ${title}, %`,
          value: (ratio - 1) * 100,
          atMost,
        });
        if ((interval[1] - 1) * 100 > atMost) {
          notes.push(`${title}: the upper end of the interval exceeds the limit of ${atMost} %.`);
        }
      }
    }
    notes.push(
      'The first connection with new credentials derives the keys of the SCRAM login (RFC 5802, section 5.1) and builds the TLS settings. Later connections reuse both. With literals, kafkajs and @platformatic/kafka do this work for each connection, so the adapter is faster. The row "first after an exchange" shows the cost of the adapter itself.',
    );
    return {
      title: 'Kafka connections',
      method:
        'A new producer connects to a real Apache Kafka on the same machine, over TLS with SCRAM-SHA-512: with the adapter and cached credentials, and with the same settings as literals. Each round measures both twice, in the order ABBA or BAAB. "Added" is the median of the ratios of all rounds.',
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
