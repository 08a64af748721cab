import type { Figure, Measure } from '../figure.ts';
import { runProgram } from '../support/install.ts';

interface Count {
  readonly total: number;
  readonly sequential: number;
  readonly connections: number;
}

/** The most requests that a case may send: in total, and one after the other. */
const LIMITS: Readonly<Record<string, readonly [total: number, sequential: number]>> = {
  'first credentials, workspace known': [1, 1],
  'first credentials, workspace unknown': [2, 2],
  'first credentials and a topic, workspace known': [2, 1],
  'first credentials and a topic, workspace unknown': [3, 2],
  'after a rotation, token from a function': [1, 1],
  // One request with the rejected token, one with the fallback token.
  'after a rotation, fallbackToken': [2, 2],
  'rotateToken()': [1, 1],
  'reconnect with cached credentials': [0, 0],
};

export const measureRoundTrips: Measure = async ({ quick }): Promise<Figure> => {
  const counts = await runProgram<Record<string, Count | undefined>>(quick, ['round-trips.mjs']);
  const cases = Object.entries(LIMITS);
  const count = (name: string, key: keyof Count): number => counts[name]?.[key] ?? NaN;
  return {
    title: 'Requests to the Portal',
    method:
      'Requests that the Portal emulator received: in total, and the longest sequence in which each request started after the previous response. The emulator delays each response by 40 ms. After a rotation, the cached credentials were refused by Kafka.',
    head: ['', 'requests', 'one after the other', 'new connections'],
    rows: cases.map(([name]) => [
      name,
      ...(['total', 'sequential', 'connections'] as const).map((key) => String(count(name, key))),
    ]),
    goals: cases.flatMap(([name, [total, sequential]]) => [
      { name: `${name}, requests`, value: count(name, 'total'), atMost: total },
      {
        name: `${name}, one after the other`,
        value: count(name, 'sequential'),
        atMost: sequential,
      },
    ]),
  };
};
