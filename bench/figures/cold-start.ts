import type { Measure } from '../figure.ts';
import { BASELINE, baselineFolder } from '../support/baseline.ts';
import { timeColdProcess } from '../support/cold-process.ts';
import { measuredFolder } from '../support/install.ts';
import { interleave } from '../support/interleave.ts';
import { BenchPortal } from '../support/portal.ts';
import { median, medianInterval, spread, withSpread } from '../support/statistics.ts';

const FORMATS = { ESM: 'first-credentials.mjs', CommonJS: 'first-credentials.cjs' } as const;
/** The interval of the ratio is then about one per cent wide. */
const ROUNDS = 150;
const QUICK_ROUNDS = 30;
const LIMIT = 0.95;

export const measureColdStart: Measure = async ({ quick }) => {
  const rounds = quick ? QUICK_ROUNDS : ROUNDS;
  // The quick form uses the installed package too, because the baseline is an installed package.
  const current = measuredFolder(false);
  const baseline = baselineFolder();
  using portal = await BenchPortal.start();
  const time = (folder: string, program: string) => (): Promise<number> =>
    timeColdProcess(portal, folder, program);
  const times = await interleave(rounds, {
    'before, ESM': time(baseline, FORMATS.ESM),
    'now, ESM': time(current, FORMATS.ESM),
    'before, CommonJS': time(baseline, FORMATS.CommonJS),
    'now, CommonJS': time(current, FORMATS.CommonJS),
  });
  const results = (['ESM', 'CommonJS'] as const).map((format) => {
    const [before, now] = [times[`before, ${format}`], times[`now, ${format}`]];
    const ratios = now.map((ms, round) => ms / (before[round] ?? NaN));
    return { format, before, now, ratios };
  });
  const fixed = (values: readonly number[]): string =>
    values.map((value) => value.toFixed(3)).join(' to ');
  return {
    title: `First credentials compared with revision ${BASELINE}`,
    method: `The same programs and the same Portal emulator, without a simulated round-trip time, with this version of the package and with revision ${BASELINE}, which loaded several files for the first credentials. ${rounds} rounds, each of which runs all four programs. The ratio of a round is the time of this version divided by that of ${BASELINE}. Milliseconds and ratios: median (quartiles).`,
    head: ['', `${BASELINE}, ms`, 'this version, ms', 'ratio', '95 % interval of the ratio'],
    rows: results.map(({ format, before, now, ratios }) => {
      const { low, high } = spread(ratios);
      return [
        format,
        withSpread(before),
        withSpread(now),
        `${median(ratios).toFixed(3)} (${fixed([low, high])})`,
        fixed(medianInterval(ratios)),
      ];
    }),
    goals: results.map(({ format, ratios }) => ({
      name: `ratio to revision ${BASELINE}, ${format}`,
      value: median(ratios),
      atMost: LIMIT,
    })),
  };
};
