import type { Figure, Measure } from '../figure.ts';
import { runProgram } from '../support/install.ts';
import { BenchPortal } from '../support/portal.ts';
import { median, withSpread } from '../support/statistics.ts';

const ROUNDS = 3;
/** A heap that does not grow still varies by this much, because Node compiles and discards code. */
const CALLS_LIMIT_KB = 64;
const CLIENT_LIMIT_KB = 2.6;

interface Growth {
  readonly callsBytes: number;
  readonly clientBytes: number;
}

export const measureMemory: Measure = async ({ quick }): Promise<Figure> => {
  using portal = await BenchPortal.start();
  const growths: Growth[] = [];
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    growths.push(await runProgram<Growth>(quick, ['memory.mjs'], portal.httpEnv));
  }
  const callsKb = growths.map(({ callsBytes }) => callsBytes / 1e3);
  const clientKb = growths.map(({ clientBytes }) => clientBytes / 1e3);
  return {
    title: 'Memory',
    method: `Growth of the heap, measured after garbage collection, while one client serves 1 000 000 cached calls, and while 10 000 clients are created. ${ROUNDS} processes: median (quartiles).`,
    head: ['', 'kB'],
    rows: [
      ['1 000 000 cached calls', withSpread(callsKb)],
      ['one client', withSpread(clientKb)],
    ],
    goals: [
      { name: '1 000 000 cached calls, kB', value: median(callsKb), atMost: CALLS_LIMIT_KB },
      { name: 'one client, kB', value: median(clientKb), atMost: CLIENT_LIMIT_KB },
    ],
  };
};
