import { spawnSync } from 'node:child_process';
import type { Measure } from '../figure.ts';
import { root } from '../support/install.ts';
import { digits } from '../support/statistics.ts';

interface Size {
  readonly name: string;
  /** Bytes, compressed with Brotli. */
  readonly size: number;
  readonly sizeLimit: number;
}

export const measureCodeSize: Measure = () => {
  // size-limit exits with an error above a limit. The goals below report that.
  const { stdout } = spawnSync('npx', ['size-limit', '--json'], { cwd: root, encoding: 'utf8' });
  const sizes = JSON.parse(stdout) as Size[];
  return {
    title: 'Code size',
    method:
      'The file of each entry point as an ES module, compressed with Brotli. It includes the bundled libraries. The adapters, the emulator and the command also load the main entry point.',
    head: ['entry point', 'kB'],
    rows: sizes.map(({ name, size }) => [name, digits(size / 1e3)]),
    goals: sizes.map(({ name, size, sizeLimit }) => ({
      name: `${name}, kB`,
      value: size / 1e3,
      atMost: sizeLimit / 1e3,
    })),
  };
};
