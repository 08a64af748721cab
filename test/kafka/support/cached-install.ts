import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Returns the path of `name` in this project's folder of the user's cache. */
export function cachePath(name: string): string {
  const { XDG_CACHE_HOME = join(homedir(), '.cache') } = process.env;
  return join(XDG_CACHE_HOME, 'quix-streams-auth', name);
}

/**
 * Installs packages in the cache folder `name` once, and returns the folder. It is for packages
 * that cannot be devDependencies, because some supported versions of Node cannot install or run
 * them, or that only the bench needs.
 */
export function installOnce(
  name: string,
  packageSpecs: string | readonly string[],
  env: NodeJS.ProcessEnv = {},
): string {
  const folder = cachePath(name);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  // Renamed when complete, so that an interrupted installation leaves no partial folder.
  const temporary = mkdtempSync(`${folder}-`);
  try {
    writeFileSync(join(temporary, 'package.json'), '{ "private": true }');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', ...[packageSpecs].flat()], {
      cwd: temporary,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    moveIntoPlace(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

/** Renames a folder. Keeps the existing folder if another process was faster. */
function moveIntoPlace(temporary: string, folder: string): void {
  try {
    renameSync(temporary, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
