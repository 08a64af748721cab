import { join } from 'node:path';
import { findPython } from '../../test/parity/official-client.ts';
import type { Figure, Goal, Measure } from '../figure.ts';
import { timeToFirstLine } from '../support/first-line.ts';
import { home } from '../support/home.ts';
import { interleave } from '../support/interleave.ts';
import { BenchPortal } from '../support/portal.ts';
import { digits, median, withSpread } from '../support/statistics.ts';

const ROUND_TRIPS_MS = [0, 20, 100];
const ROUNDS = 15;
/** Over undici with the same one request, in the same module format. */
const OVER_FLOOR = 1.15;

const PROGRAMS = {
  'quix-streams-auth, ESM': 'first-credentials.mjs',
  'undici alone, ESM': 'first-answer.mjs',
  'quix-streams-auth, CommonJS': 'first-credentials.cjs',
  'undici alone, CommonJS': 'first-answer.cjs',
  'quixstreams (Python)': 'first_credentials.py',
} as const;
type Name = keyof typeof PROGRAMS;

export const measureFirstCredentials: Measure = async ({ quick }): Promise<Figure> => {
  const cwd = home(quick);
  const python = findPython();
  using portal = await BenchPortal.start();
  const { caFile, workspaceId } = portal.address;
  const env = { ...portal.tlsEnv, SSL_CERT_FILE: caFile };
  const run = (program: string) => (): Promise<number> => {
    const path = join(cwd, 'programs', program);
    const command = program.endsWith('.py') ? [python, '-W', 'ignore'] : [process.execPath];
    return timeToFirstLine([...command, path], { cwd, env }, workspaceId);
  };
  const names = Object.keys(PROGRAMS) as Name[];
  const cases = Object.fromEntries(names.map((name) => [name, run(PROGRAMS[name])])) as Record<
    Name,
    () => Promise<number>
  >;
  const rows = new Map(names.map((name) => [name, [name as string]]));
  const goals: Goal[] = [];
  for (const roundTripMs of ROUND_TRIPS_MS) {
    await portal.setRoundTrip(roundTripMs);
    const times = await interleave(ROUNDS, cases);
    const ratio = (a: Name, b: Name): number => median(times[a]) / median(times[b]);
    for (const format of ['ESM', 'CommonJS'] as const) {
      const own = `quix-streams-auth, ${format}` as const;
      const floor = `undici alone, ${format}` as const;
      const at = `${format}, ${roundTripMs} ms`;
      goals.push(
        { name: `over undici, ${at}`, value: ratio(own, floor), atMost: OVER_FLOOR },
        {
          name: `over Python's client, ${at}`,
          value: ratio(own, 'quixstreams (Python)'),
          atMost: 1,
        },
      );
    }
    for (const name of names) rows.get(name)?.push(withSpread(times[name]));
  }
  return {
    title: 'First credentials of a cold process',
    how: `From the start of a process to the line that it says once it has credentials of a known workspace; ${ROUNDS} interleaved rounds. The Portal is an emulator in a process of its own, reached over TLS by a line with a round-trip time: one for the connection, one for TLS, one for each request. "undici alone" sends the same one request and parses the answer as JSON. Milliseconds: median (quartiles).`,
    head: ['', ...ROUND_TRIPS_MS.map((ms) => `round trip ${digits(ms)} ms`)],
    rows: [...rows.values()],
    goals,
  };
};
