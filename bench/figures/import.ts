import { execFileSync } from 'node:child_process';
import type { Figure, Measure } from '../figure.ts';
import { measuredFolder } from '../support/install.ts';
import { interleave } from '../support/interleave.ts';
import { digits, median, spread, withSpread } from '../support/statistics.ts';

const OWN = 'quix-streams-auth';
const FLOOR = 'jose/jwt/decode and eventemitter3';
/** A single file without dependencies. It loads faster than this package and has no goal. */
const SINGLE_FILE = 'oauth4webapi';

/** Imports by displayed name. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  [OWN]: [OWN],
  [FLOOR]: ['jose/jwt/decode', 'eventemitter3'],
  undici: ['undici'],
  '@azure/identity': ['@azure/identity'],
  'google-auth-library': ['google-auth-library'],
  '@aws-sdk/credential-providers': ['@aws-sdk/credential-providers', '@smithy/property-provider'],
  'aws-msk-iam-sasl-signer-js': ['aws-msk-iam-sasl-signer-js'],
  '@octokit/auth-app': ['@octokit/auth-app'],
  'openid-client': ['openid-client'],
  [SINGLE_FILE]: [SINGLE_FILE],
};
const QUICK_PACKAGES: readonly string[] = [OWN, FLOOR];

const FORMATS = {
  ESM: { type: 'module', load: (name: string) => `await import('${name}');` },
  CommonJS: { type: 'commonjs', load: (name: string) => `require('${name}');` },
} as const;
type Format = keyof typeof FORMATS;

const LIMIT = 0.85;
/** With 15 rounds, the ratio of one revision varied from 0.84 to 1.08. */
const QUICK_LIMIT = 1.2;

/** Loads packages in a new process. Returns the milliseconds that this took there. */
function timeImport(cwd: string, format: Format, names: readonly string[]): number {
  const { type, load } = FORMATS[format];
  const code = `const start = performance.now(); ${names.map(load).join(' ')} console.log(performance.now() - start);`;
  const args = [`--input-type=${type}`, '-e', code];
  return Number(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }));
}

export const measureImport: Measure = async ({ quick }): Promise<Figure> => {
  const rounds = quick ? 15 : 60;
  const folder = measuredFolder(quick);
  const names = quick ? QUICK_PACKAGES : Object.keys(PACKAGES);
  const formats = Object.keys(FORMATS) as Format[];
  const samples = {} as Record<Format, Record<string, number[]>>;
  for (const format of formats) {
    const cases = names.map((name) => {
      const time = (): number => timeImport(folder, format, PACKAGES[name] ?? []);
      return [name, time] as const;
    });
    samples[format] = await interleave(rounds, Object.fromEntries(cases));
  }
  const cost = (format: Format, name: string): number[] => samples[format][name] ?? [];
  const ratio = (format: Format, name: string): number => {
    const others = cost(format, name);
    return median(cost(format, OWN).map((ms, round) => ms / (others[round] ?? NaN)));
  };
  const goals = (name: string, atMost: number): Figure['goals'] =>
    formats.map((format) => ({
      name: `ratio to ${name}, ${format}`,
      value: ratio(format, name),
      atMost,
    }));
  return {
    title: 'Import',
    method: `Time that a new process needs to import the entry point, without the start of Node. ${rounds} interleaved rounds per module format. Milliseconds: median (quartiles). "ours" is the time of quix-streams-auth divided by the time of this row in the same round: median.`,
    picture: {
      name: 'import',
      altText:
        'Bars with the time that the import of each package takes, as an ES module and as CommonJS. The table below has the numbers.',
      data: {
        title: 'Time to import each package in a new process',
        subtitle: `Milliseconds. Bar: median of ${rounds} rounds. Line: quartiles. Shorter is better.`,
        columns: formats,
        rows: names.map((name) => ({
          name,
          spreads: formats.map((format) => spread(cost(format, name))),
        })),
      },
    },
    head: ['', ...formats, ...formats.map((format) => `ours, ${format}`)],
    rows: names.map((name) => [
      name,
      ...formats.map((format) => withSpread(cost(format, name))),
      ...formats.map((format) => digits(ratio(format, name))),
    ]),
    goals: [
      ...goals(FLOOR, quick ? QUICK_LIMIT : LIMIT),
      ...names
        .filter((name) => ![OWN, FLOOR, SINGLE_FILE].includes(name))
        .flatMap((name) => goals(name, 1)),
    ],
  };
};
