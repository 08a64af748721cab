import type { Figure, Measure } from '../figure.ts';
import { BenchPortal } from '../support/portal.ts';
import { runProgram } from '../support/program.ts';
import { digits, median, withSpread } from '../support/statistics.ts';

const ROUNDS = 3;
/** The short form tells what got worse: a client was 2.48 kB when this was written. */
const QUICK_MARGIN = 1.3;
/** What a heap that does not grow may differ by: compiled code comes and goes. */
const FLAT_KB = 64;

export const measureMemory: Measure = async ({ quick }): Promise<Figure> => {
  using portal = await BenchPortal.start();
  const callsKb: number[] = [];
  const clientKb: number[] = [];
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    const { callsBytes, clientBytes } = await runProgram<{
      callsBytes: number;
      clientBytes: number;
    }>(quick, ['memory.mjs'], portal.httpEnv);
    callsKb.push(callsBytes / 1e3);
    clientKb.push(clientBytes / 1e3);
  }
  return {
    title: 'Memory',
    how: 'The heap after collecting garbage, before and after, in processes of their own: 1 000 000 warm calls of one client; 10 000 clients constructed and kept.',
    head: ['', 'kB'],
    rows: [
      ['1 000 000 warm calls, together', withSpread(callsKb)],
      ['a client constructed', withSpread(clientKb)],
    ],
    goals: [
      {
        name: `kB after 1 000 000 warm calls (flat: ${digits(FLAT_KB)})`,
        value: median(callsKb),
        atMost: FLAT_KB,
      },
      { name: 'kB of a client', value: median(clientKb), atMost: quick ? 2 * QUICK_MARGIN : 2 },
    ],
  };
};
