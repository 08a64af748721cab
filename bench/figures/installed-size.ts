import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure, Measure } from '../figure.ts';
import { withTarball } from '../support/home.ts';
import { digits } from '../support/statistics.ts';

/** Bytes of the files in a folder. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** Packages that are in node_modules, by the lock file that npm keeps there, with their bytes. */
function install(tarball: string): [name: string, bytes: number][] {
  const folder = mkdtempSync(join(tmpdir(), 'quix-bench-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const args = ['install', '--omit=dev', '--no-audit', '--no-fund', tarball];
    execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    const listed = execFileSync('npm', ['ls', '--all', '--parseable'], { cwd: folder });
    return String(listed)
      .trim()
      .split('\n')
      .slice(1)
      .map((path) => [path.split('node_modules/').at(-1) ?? path, sizeOf(path)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Not async for anything but its type.
// eslint-disable-next-line @typescript-eslint/require-await
export const measureInstalledSize: Measure = async (): Promise<Figure> => {
  const packages = withTarball(install);
  const megabytes = packages.reduce((sum, [, bytes]) => sum + bytes, 0) / 1e6;
  return {
    title: 'Installed size',
    how: 'A production install of the packed tarball into an empty folder; the bytes of all files.',
    head: ['package', 'kB'],
    rows: [
      ...packages.map(([name, bytes]) => [name, digits(bytes / 1e3)]),
      ['all', digits(megabytes * 1e3)],
    ],
    goals: [
      { name: 'packages', value: packages.length, atMost: 6 },
      { name: 'MB', value: megabytes, atMost: 3 },
    ],
  };
};
