import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Measure } from '../figure.ts';
import { pack, root, withTemporaryFolder } from '../support/install.ts';
import { digits } from '../support/statistics.ts';

const MAX_PACKAGES = 2;
const MAX_MB = 3;

/** Returns the bytes of all files in a folder. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** Installs the packed package without development dependencies. Returns each package with its bytes. */
function installForProduction(temporary: string): [name: string, bytes: number][] {
  const folder = join(temporary, 'service');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const args = ['install', '--omit=dev', '--no-audit', '--no-fund', pack(root, temporary)];
  execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const paths = execFileSync('npm', ['ls', '--all', '--parseable'], { cwd: folder });
  return String(paths)
    .trim()
    .split('\n')
    .slice(1)
    .map((path) => [path.split('node_modules/').at(-1) ?? path, sizeOf(path)]);
}

export const measureInstalledSize: Measure = () => {
  const packages = withTemporaryFolder(installForProduction);
  const megabytes = packages.reduce((sum, [, bytes]) => sum + bytes, 0) / 1e6;
  return {
    title: 'Installed size',
    method:
      'All packages that a production install adds to an empty folder, and the size of their files.',
    head: ['package', 'kB'],
    rows: [
      ...packages.map(([name, bytes]) => [name, digits(bytes / 1e3)]),
      ['total', digits(megabytes * 1e3)],
    ],
    goals: [
      { name: 'packages', value: packages.length, atMost: MAX_PACKAGES, atLeast: MAX_PACKAGES },
      { name: 'megabytes', value: megabytes, atMost: MAX_MB },
    ],
  };
};
