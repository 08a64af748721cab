import type { Figure, Measure } from '../figure.ts';
import { runProgram } from '../support/install.ts';
import { median, withSpread } from '../support/statistics.ts';

const SIZES = [1, 10, 100, 1000];
const ROUNDS = 5;
/** Ten times the size may take ten times as long, plus a margin for the variation between runs. */
const LIMIT = 10 * 1.2;

export const measureGrowth: Measure = async ({ quick }): Promise<Figure> => {
  const times = await runProgram<Record<string, number[][]>>(quick, ['growth.mjs', String(ROUNDS)]);
  return {
    title: 'Growth',
    method: `The same call for 1 to 1 000 topics, workspaces or clients. The Portal emulator runs in the same process and takes most of this time. ${ROUNDS} interleaved rounds. Milliseconds: median (quartiles).`,
    head: ['', ...SIZES.map(String)],
    rows: Object.entries(times).map(([name, sizes]) => [name, ...sizes.map(withSpread)]),
    goals: Object.entries(times).map(([name, [, , hundred = [], thousand = []]]) => ({
      name: `${name}, ratio of 1000 to 100`,
      value: median(thousand) / median(hundred),
      atMost: LIMIT,
    })),
  };
};
