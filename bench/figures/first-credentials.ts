import type { Figure, Goal, Measure } from '../figure.ts';
import { timeColdProcess } from '../support/cold-process.ts';
import { measuredFolder } from '../support/install.ts';
import { interleave } from '../support/interleave.ts';
import { BenchPortal } from '../support/portal.ts';
import { digits, formatSpread, median, spread, type Spread } from '../support/statistics.ts';

const ROUND_TRIPS_MS = [0, 20, 100];
const ROUNDS = 15;
const LIMIT_TO_UNDICI = 1.15;

const PYTHON = 'quixstreams (Python)';
const PROGRAMS = {
  'quix-streams-auth, ESM': 'first-credentials.mjs',
  'undici alone, ESM': 'first-response.mjs',
  'quix-streams-auth, CommonJS': 'first-credentials.cjs',
  'undici alone, CommonJS': 'first-response.cjs',
  [PYTHON]: 'first_credentials.py',
} as const;
type Name = keyof typeof PROGRAMS;

export const measureFirstCredentials: Measure = async ({ quick }): Promise<Figure> => {
  const folder = measuredFolder(quick);
  using portal = await BenchPortal.start();
  const names = Object.keys(PROGRAMS) as Name[];
  const cases = Object.fromEntries(
    names.map((name) => [name, () => timeColdProcess(portal, folder, PROGRAMS[name])]),
  ) as Record<Name, () => Promise<number>>;
  interface Row {
    readonly name: Name;
    readonly spreads: Spread[];
    readonly ratios: number[];
  }
  const rows = names.map((name): Row => ({ name, spreads: [], ratios: [] }));
  const goals: Goal[] = [];
  for (const roundTripMs of ROUND_TRIPS_MS) {
    await portal.setRoundTrip(roundTripMs);
    const times = await interleave(ROUNDS, cases);
    const ratio = (a: Name, b: Name): number => median(times[a]) / median(times[b]);
    for (const format of ['ESM', 'CommonJS'] as const) {
      const own = `quix-streams-auth, ${format}` as const;
      const undici = ratio(own, `undici alone, ${format}`);
      const where = `${format}, ${roundTripMs} ms`;
      goals.push(
        { name: `ratio to undici alone, ${where}`, value: undici, atMost: LIMIT_TO_UNDICI },
        { name: `ratio to the Python client, ${where}`, value: ratio(own, PYTHON), atMost: 1 },
      );
    }
    for (const { name, spreads, ratios } of rows) {
      const own = `quix-streams-auth, ${name.endsWith('CommonJS') ? 'CommonJS' : 'ESM'}` as const;
      spreads.push(spread(times[name]));
      ratios.push(ratio(own, name));
    }
  }
  return {
    title: 'First credentials of a new process',
    method: `Time from the start of a process until it has credentials of a known workspace. The Portal is an emulator in another process, reached over TLS through a connection with a simulated round-trip time. The connection, TLS and the request take one round trip each. "undici alone" sends the same request and parses the response as JSON. ${ROUNDS} interleaved rounds. Milliseconds: median (quartiles). "ours" is the time of quix-streams-auth in the same format divided by this time (ESM for Python).`,
    picture: {
      name: 'first-credentials',
      altText:
        'Bars with the time until a new process has its first credentials, for round-trip times of 0, 20 and 100 ms. The table below has the numbers.',
      data: {
        title: 'First credentials of a new process',
        subtitle: `Milliseconds. Bar: median of ${ROUNDS} rounds. Line: quartiles. Shorter is better.`,
        columns: ROUND_TRIPS_MS.map((ms) => `round trip ${ms} ms`),
        rows: rows.map(({ name, spreads }) => ({ name, spreads })),
      },
    },
    head: ['', ...ROUND_TRIPS_MS.flatMap((ms) => [`round trip ${ms} ms`, 'ours'])],
    rows: rows.map(({ name, spreads, ratios }) => [
      name,
      ...spreads.flatMap((each, column) => [formatSpread(each), digits(ratios[column] ?? NaN)]),
    ]),
    goals,
  };
};
