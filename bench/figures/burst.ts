import type { Figure, Measure } from '../figure.ts';
import { interleave } from '../support/interleave.ts';
import { BenchPortal } from '../support/portal.ts';
import { runProgram } from '../support/program.ts';
import { digits, median, withSpread } from '../support/statistics.ts';

const ROUNDS = 15;
/** Five rounds of whole processes on a busy machine differ by this. */
const QUICK_MARGIN = 1.3;
/** Of the cases with a network between. */
const ROUND_TRIP_MS = 20;

export const measureBurst: Measure = async ({ quick }): Promise<Figure> => {
  using portal = await BenchPortal.start();
  await portal.setRoundTrip(ROUND_TRIP_MS);
  const run = (mode: string) => (): Promise<number> =>
    runProgram<number>(quick, ['burst.mjs', mode], portal.tlsEnv);
  await portal.count();
  await run('many')();
  const requests = await portal.count();
  const { one, many } = await interleave(quick ? 5 : ROUNDS, {
    one: run('one'),
    many: run('many'),
  });
  const warm = await runProgram<{ one: number; many: number }[]>(
    quick,
    ['burst.mjs', 'warm'],
    portal.tlsEnv,
  );
  const warmOne = warm.map(({ one }) => one);
  const warmMany = warm.map(({ many }) => many);
  const cold = median(many) / median(one);
  return {
    title: 'Burst',
    how: `10 000 concurrent callers of a client that has no credentials yet, until the last one has them, over TLS with a round trip of ${ROUND_TRIP_MS} ms; ${ROUNDS} interleaved rounds. Milliseconds: median (quartiles).`,
    head: ['', 'one caller', '10 000 callers', 'ratio'],
    rows: [
      ['first of a process', withSpread(one), withSpread(many), digits(cold)],
      [
        'all code loaded before',
        withSpread(warmOne),
        withSpread(warmMany),
        digits(median(warmMany) / median(warmOne)),
      ],
    ],
    goals: [
      {
        name: '10 000 callers over one, first of a process',
        value: cold,
        atMost: quick ? 1.3 * QUICK_MARGIN : 1.3,
      },
      {
        name: '10 000 callers over one, all code loaded before',
        value: median(warmMany) / median(warmOne),
        atMost: 1.3,
      },
      { name: 'requests', value: requests, atMost: 1, atLeast: 1 },
    ],
  };
};
