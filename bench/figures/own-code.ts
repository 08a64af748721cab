import { spawnSync } from 'node:child_process';
import type { Figure, Measure } from '../figure.ts';
import { root } from '../support/home.ts';
import { digits } from '../support/statistics.ts';

interface Size {
  readonly name: string;
  /** Bytes, minified and compressed. */
  readonly size: number;
}

const MAIN_KB = 8;
const ADAPTER_KB = 2;

// Not async for anything but its type.
// eslint-disable-next-line @typescript-eslint/require-await
export const measureOwnCode: Measure = async (): Promise<Figure> => {
  // It fails above its own limits, which `npm run check` is for; the sizes are said all the same.
  const { stdout } = spawnSync('npx', ['size-limit', '--json'], { cwd: root, encoding: 'utf8' });
  const sizes = JSON.parse(stdout) as Size[];
  const goals = sizes.flatMap(({ name, size }) => {
    if (!name.endsWith(', at import')) return [];
    const atMost = name.startsWith('quix-streams-auth,') ? MAIN_KB : ADAPTER_KB;
    return [{ name: `${name}, kB`, value: size / 1e3, atMost }];
  });
  return {
    title: 'Own code',
    how: 'size-limit, each entry point minified and compressed, dependencies apart.',
    head: ['', 'kB'],
    rows: sizes.map(({ name, size }) => [name, digits(size / 1e3)]),
    goals,
  };
};
