import { execFileSync } from 'node:child_process';
import type { Figure, Measure } from '../figure.ts';
import { measuredFolder } from '../support/install.ts';
import { interleave } from '../support/interleave.ts';
import { digits, median, withSpread } from '../support/statistics.ts';

const OWN = 'quix-streams-auth';
const FLOOR = 'jose/jwt/decode and eventemitter3';
const BARE = 'node without a package';
/** A single file without dependencies. It loads faster than this package and has no goal. */
const SINGLE_FILE = 'oauth4webapi';

/** Imports by displayed name. The times of these two are close to each other, so they need more rounds. */
const CLOSE = { [OWN]: [OWN], [FLOOR]: ['jose/jwt/decode', 'eventemitter3'] };
const OTHERS = {
  undici: ['undici'],
  '@azure/identity': ['@azure/identity'],
  'google-auth-library': ['google-auth-library'],
  '@aws-sdk/credential-providers': ['@aws-sdk/credential-providers', '@smithy/property-provider'],
  'aws-msk-iam-sasl-signer-js': ['aws-msk-iam-sasl-signer-js'],
  '@octokit/auth-app': ['@octokit/auth-app'],
  'openid-client': ['openid-client'],
  [SINGLE_FILE]: [SINGLE_FILE],
};

const FORMATS = {
  ESM: { type: 'module', load: (name: string) => `await import('${name}');` },
  CommonJS: { type: 'commonjs', load: (name: string) => `require('${name}');` },
} as const;
type Format = keyof typeof FORMATS;

const LIMIT = 0.85;
const QUICK_LIMIT = 1;

/** Runs `code` in a new Node process. Returns the milliseconds until its end, or its processor time. */
function timeNode(cwd: string, type: string, code: string, measure: 'wall' | 'cpu'): number {
  const print =
    ';const { user, system } = process.cpuUsage(); console.log((user + system) / 1000);';
  const start = performance.now();
  const output = execFileSync(process.execPath, [`--input-type=${type}`, '-e', code + print], {
    cwd,
    encoding: 'utf8',
  });
  return measure === 'wall' ? performance.now() - start : Number(output);
}

export const measureImport: Measure = async ({ quick }): Promise<Figure> => {
  const rounds = quick ? 15 : 30;
  const closeRounds = quick ? 15 : 100;
  const folder = measuredFolder(quick);
  const packages: Record<string, readonly string[]> = quick ? CLOSE : { ...CLOSE, ...OTHERS };
  const formats = Object.keys(FORMATS) as Format[];

  /** Returns the cost of each import above that of bare Node in the same round, and that of bare Node. */
  const measure = async (
    format: Format,
    imports: Record<string, readonly string[]>,
    count: number,
  ): Promise<Record<string, number[]>> => {
    const { type, load } = FORMATS[format];
    // Processor time excludes what other processes on a busy machine take.
    const time = (names: readonly string[]) => (): number =>
      timeNode(folder, type, names.map(load).join(''), quick ? 'cpu' : 'wall');
    const cases = Object.entries({ ...imports, [BARE]: [] as readonly string[] });
    const { [BARE]: bare = [], ...others } = await interleave(
      count,
      Object.fromEntries(cases.map(([name, names]) => [name, time(names)])),
    );
    const costs = Object.entries(others).map(
      ([name, times]) => [name, times.map((ms, round) => ms - (bare[round] ?? NaN))] as const,
    );
    return { ...Object.fromEntries(costs), [BARE]: bare };
  };

  const samples = {} as Record<Format, Record<string, number[]>>;
  for (const format of formats) {
    samples[format] = {
      ...(quick ? {} : await measure(format, OTHERS, rounds)),
      ...(await measure(format, CLOSE, closeRounds)),
    };
  }
  const cost = (format: Format, name: string): number[] => samples[format][name] ?? [];
  const ratio = (format: Format, name: string): number =>
    median(cost(format, OWN)) / median(cost(format, name));
  const goals = (name: string, atMost: number): Figure['goals'] =>
    formats.map((format) => ({
      name: `ratio to ${name}, ${format}`,
      value: ratio(format, name),
      atMost,
    }));
  return {
    title: 'Import',
    method: `A new process imports the entry point. The time of a process without any import in the same round is subtracted. ${rounds} interleaved rounds per module format, ${closeRounds} for the first two rows. Milliseconds${quick ? ' of processor time' : ''}: median (quartiles). "ours" is the time of quix-streams-auth divided by the time of this row.`,
    head: ['', ...formats, ...formats.map((format) => `ours, ${format}`)],
    rows: [
      ...Object.keys(packages).map((name) => [
        name,
        ...formats.map((format) => withSpread(cost(format, name))),
        ...formats.map((format) => digits(ratio(format, name))),
      ]),
      [BARE, ...formats.map((format) => withSpread(cost(format, BARE))), '', ''],
    ],
    goals: [
      ...goals(FLOOR, quick ? QUICK_LIMIT : LIMIT),
      ...Object.keys(packages)
        .filter((name) => name in OTHERS && name !== SINGLE_FILE)
        .flatMap((name) => goals(name, 1)),
    ],
  };
};
