import type { Figure, Measure } from '../figure.ts';
import { runProgram } from '../support/program.ts';
import { median, withSpread } from '../support/statistics.ts';

const SIZES = [1, 10, 100, 1000];
const ROUNDS = 5;
/** Ten times as many may take ten times as long, and what measurements differ by. */
const LINEAR = 10 * 1.2;

export const measureGrowth: Measure = async ({ quick }): Promise<Figure> => {
  const times = await runProgram<Record<string, number[][]>>(quick, ['growth.mjs', String(ROUNDS)]);
  return {
    title: 'Growth',
    how: `The same work for more topics, workspaces and clients; ${ROUNDS} interleaved rounds. The Portal emulator is in the same process, so its own time is in these figures and most of them. Milliseconds: median (quartiles).`,
    head: ['', ...SIZES.map(String)],
    rows: Object.entries(times).map(([name, sizes]) => [name, ...sizes.map(withSpread)]),
    goals: Object.entries(times).map(([name, [, , hundred = [], thousand = []]]) => ({
      name: `${name}: 1000 over 100`,
      value: median(thousand) / median(hundred),
      atMost: LINEAR,
    })),
  };
};
