import type { Figure, Measure } from '../figure.ts';
import { runProgram } from '../support/install.ts';
import { interleave } from '../support/interleave.ts';
import { BenchPortal } from '../support/portal.ts';
import { digits, median, withSpread } from '../support/statistics.ts';

const ROUNDS = 15;
const LIMIT = 1.3;
/** Five rounds of whole processes vary by about this factor on a busy machine. */
const QUICK_MARGIN = 1.3;
const ROUND_TRIP_MS = 20;

export const measureBurst: Measure = async ({ quick }): Promise<Figure> => {
  using portal = await BenchPortal.start();
  await portal.setRoundTrip(ROUND_TRIP_MS);
  const run = (mode: string) => (): Promise<number> =>
    runProgram<number>(quick, ['burst.mjs', mode], portal.tlsEnv);
  await portal.takeRequestCount();
  await run('many')();
  const requests = await portal.takeRequestCount();
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
  const coldRatio = median(many) / median(one);
  const warmRatio = median(warmMany) / median(warmOne);
  return {
    title: 'Many callers at once',
    method: `10 000 concurrent calls of \`getBrokerCredentials()\` on a new client, until the last call has its credentials, compared with a single call. The connection uses TLS and has a round-trip time of ${ROUND_TRIP_MS} ms. ${ROUNDS} interleaved rounds. Milliseconds: median (quartiles).`,
    head: ['', 'one caller', '10 000 callers', 'ratio'],
    rows: [
      ['first call of the process', withSpread(one), withSpread(many), digits(coldRatio)],
      ['code already loaded', withSpread(warmOne), withSpread(warmMany), digits(warmRatio)],
    ],
    goals: [
      {
        name: '10 000 callers to one, first call of the process',
        value: coldRatio,
        atMost: quick ? LIMIT * QUICK_MARGIN : LIMIT,
      },
      {
        name: '10 000 callers to one, code already loaded',
        value: warmRatio,
        atMost: LIMIT,
      },
      { name: 'requests', value: requests, atMost: 1, atLeast: 1 },
    ],
    notes: [`10 000 callers send ${requests} request.`],
  };
};
