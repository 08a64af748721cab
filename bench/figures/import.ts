import type { Figure, Measure } from '../figure.ts';
import { home } from '../support/home.ts';
import { interleave } from '../support/interleave.ts';
import { nodeCost } from '../support/node.ts';
import { digits, median, withSpread } from '../support/statistics.ts';

const OWN = 'quix-streams-auth';
const FLOOR = 'its dependencies at import';
const BARE = 'bare node';
/** One file without dependencies: the goal leaves it out. */
const LIGHTER = 'oauth4webapi';

/** What is imported, by the name it is shown with. */
const NEAR = { [OWN]: [OWN], [FLOOR]: ['jose/jwt/decode', 'eventemitter3'] };
const PEERS = {
  undici: ['undici'],
  '@azure/identity': ['@azure/identity'],
  'google-auth-library': ['google-auth-library'],
  '@aws-sdk/credential-providers': ['@aws-sdk/credential-providers', '@smithy/property-provider'],
  'aws-msk-iam-sasl-signer-js': ['aws-msk-iam-sasl-signer-js'],
  '@octokit/auth-app': ['@octokit/auth-app'],
  'openid-client': ['openid-client'],
  [LIGHTER]: [LIGHTER],
};

const FORMATS = {
  ESM: { type: 'module', load: (name: string) => `await import('${name}');` },
  CommonJS: { type: 'commonjs', load: (name: string) => `require('${name}');` },
} as const;
type Format = keyof typeof FORMATS;

export const measureImport: Measure = async ({ quick }): Promise<Figure> => {
  const rounds = quick ? 15 : 30;
  const nearRounds = quick ? 15 : 100;
  const cwd = home(quick);
  const imported: Record<string, readonly string[]> = quick ? NEAR : { ...NEAR, ...PEERS };
  const formats = Object.keys(FORMATS) as Format[];
  const samples = {} as Record<Format, Record<string, number[]>>;
  for (const format of formats) {
    const { type, load } = FORMATS[format];
    const run = (names: readonly string[]) => (): number => {
      const { wallMs, cpuMs } = nodeCost(cwd, type, names.map(load).join(''));
      // Processor time says less to people, but other processes of a busy machine are not in it.
      return quick ? cpuMs : wallMs;
    };
    const measure = async (
      packages: Record<string, readonly string[]>,
      count: number,
    ): Promise<Record<string, number[]>> => {
      const { [BARE]: bare = [], ...others } = await interleave(
        count,
        Object.fromEntries(
          Object.entries({ ...packages, [BARE]: [] }).map(([name, names]) => [name, run(names)]),
        ),
      );
      const costs = Object.entries(others).map(
        ([name, times]) => [name, times.map((ms, round) => ms - (bare[round] ?? NaN))] as const,
      );
      return { ...Object.fromEntries(costs), [BARE]: bare };
    };
    samples[format] = {
      ...(quick ? {} : await measure(PEERS, rounds)),
      ...(await measure(NEAR, nearRounds)),
    };
  }
  const cost = (format: Format, name: string): number[] => samples[format][name] ?? [];
  const ratio = (format: Format, name: string): number =>
    median(cost(format, OWN)) / median(cost(format, name));
  const goal = (name: string, atMost: number): Figure['goals'] =>
    formats.map((format) => ({
      name: `over ${name}, ${format}`,
      value: ratio(format, name),
      atMost,
    }));
  return {
    title: 'Import',
    how: `Whole processes of \`node -e\` that import the entry point, minus bare node in the same round; ${rounds} interleaved rounds for each module format${quick ? '' : `, and ${nearRounds} of the two that are close to each other`}. Milliseconds${quick ? ' of processor time' : ''}: median (quartiles).`,
    head: ['', ...formats, ...formats.map((format) => `ours / this, ${format}`)],
    rows: [
      ['bare node itself', ...formats.map((format) => withSpread(cost(format, BARE))), '', ''],
      ...Object.keys(imported).map((name) => [
        name,
        ...formats.map((format) => withSpread(cost(format, name))),
        ...formats.map((format) => digits(ratio(format, name))),
      ]),
    ],
    goals: [
      ...goal(FLOOR, quick ? 1.5 : 1.3),
      ...Object.keys(imported)
        .filter((name) => name in PEERS && name !== LIGHTER)
        .flatMap((name) => goal(name, 1)),
    ],
  };
};
