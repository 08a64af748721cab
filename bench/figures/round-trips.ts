import type { Figure, Measure } from '../figure.ts';
import { runProgram } from '../support/program.ts';

interface Count {
  readonly total: number;
  readonly critical: number;
  readonly connections: number;
}

/** Requests in all, and one after the other, that a case may take. */
const EXPECTED: Readonly<Record<string, readonly [total: number, critical: number]>> = {
  'known workspace': [1, 1],
  'unknown workspace': [2, 2],
  'known workspace and a topic': [2, 1],
  'unknown workspace and a topic': [3, 2],
  'after a rotation, the token from a function': [1, 1],
  // The rejected token's request, and the one of an exchange.
  'after a rotation, fallbackToken': [2, 2],
  'rotateToken()': [1, 1],
  reconnect: [0, 0],
};

export const measureRoundTrips: Measure = async ({ quick }): Promise<Figure> => {
  const counts = await runProgram<Record<string, Count | undefined>>(quick, ['round-trips.mjs']);
  const cases = Object.entries(EXPECTED);
  return {
    title: 'Round trips',
    how: 'Requests as the Portal emulator logs them, each answer 40 ms late: in all, and one after the other (the critical path). After a rotation Kafka has refused the old credentials.',
    head: ['', 'requests', 'one after the other', 'new connections'],
    rows: cases.map(([name]) => {
      const { total = NaN, critical = NaN, connections = NaN } = counts[name] ?? {};
      return [name, String(total), String(critical), String(connections)];
    }),
    goals: cases.flatMap(([name, [total, critical]]) => [
      { name: `${name}, requests`, value: counts[name]?.total ?? NaN, atMost: total },
      {
        name: `${name}, one after the other`,
        value: counts[name]?.critical ?? NaN,
        atMost: critical,
      },
    ]),
  };
};
