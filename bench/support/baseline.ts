import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cachePath } from '../../test/kafka/support/cached-install.ts';
import { installFolder, pack, placePackage, root, withTemporaryFolder } from './install.ts';

/** The revision before the package was bundled into one file per entry point. */
export const BASELINE = '43efbca';

const tarball = cachePath(`baseline-${BASELINE}.tgz`);

/** Throws if {@link BASELINE} is neither built nor in the Git history. */
export function assertBaselineExists(): void {
  if (existsSync(tarball) || hasRevision()) return;
  throw new Error(
    `The Git history does not contain revision ${BASELINE}, which the bench compares with. ` +
      'Fetch the full history with `git fetch --unshallow`, then run the bench again.',
  );
}

/**
 * Returns a folder inside the install folder that has the package as it was at {@link BASELINE}. The
 * baseline finds undici, jose and eventemitter3 in the install folder, so that both revisions run with
 * the same versions.
 */
export function baselineFolder(): string {
  if (!existsSync(tarball)) buildBaseline();
  const folder = join(installFolder(), `baseline-${BASELINE}`);
  placePackage(folder, tarball);
  return folder;
}

function buildBaseline(): void {
  assertBaselineExists();
  console.log(`Building revision ${BASELINE} for the comparison. This takes a few minutes once.`);
  mkdirSync(dirname(tarball), { recursive: true });
  withTemporaryFolder((folder) => {
    const archive = join(folder, 'source.tar');
    execFileSync('git', ['archive', `--output=${archive}`, BASELINE], { cwd: root });
    execFileSync('tar', ['-xf', archive, '-C', folder]);
    for (const args of [['ci'], ['run', 'build']]) {
      execFileSync('npm', ['--silent', ...args], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    }
    // npm packs into the cache folder because a rename fails between two disks. The final name appears
    // only when the tarball is complete.
    renameSync(pack(folder, dirname(tarball)), tarball);
  });
}

function hasRevision(): boolean {
  try {
    const args = ['cat-file', '-e', `${BASELINE}^{commit}`];
    execFileSync('git', args, { cwd: root, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
