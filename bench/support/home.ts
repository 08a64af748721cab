import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installOnce } from '../../test/kafka/support/cached-install.ts';
import { PEERS } from './peers.ts';

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Packs the package as it is built, and calls `use` with the path of the tarball. */
export function withTarball<T>(use: (tarball: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'quix-bench-'));
  try {
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const packed = JSON.parse(
      execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
    ) as [{ filename: string }];
    return use(join(folder, packed[0].filename));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The peers, outside the repository; with them the packed package and the programs of bench/. */
function furnish(): string {
  const specs = Object.entries(PEERS).map(([name, version]) => `${name}@${version}`);
  const hash = createHash('sha256').update(specs.join()).digest('hex').slice(0, 8);
  const folder = installOnce(`bench-peers-${hash}`, specs);
  const own = join(folder, 'node_modules', 'quix-streams-auth');
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own);
  withTarball((tarball) => {
    execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', own]);
  });
  const programs = join(folder, 'programs');
  rmSync(programs, { recursive: true, force: true });
  cpSync(join(root, 'bench', 'programs'), programs, { recursive: true });
  return folder;
}

let furnished: string | undefined;

/**
 * The folder whose `programs` run: there they find the package by its name. The quick bench makes do
 * with the repository itself, its dist/ and its node_modules.
 */
export function home(quick: boolean): string {
  if (!existsSync(join(root, 'dist', 'index.js'))) {
    throw new Error('dist/ is missing: run `npm run build` first.');
  }
  return quick ? join(root, 'bench') : (furnished ??= furnish());
}
