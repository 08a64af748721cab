import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** `name` in this project's folder of the user's cache, outside the repository. */
export function cachePath(name: string): string {
  const { XDG_CACHE_HOME = join(homedir(), '.cache') } = process.env;
  return join(XDG_CACHE_HOME, 'quix-streams-auth', name);
}

/**
 * The folder under `name` in which packages are installed, now or once before: for those that cannot
 * be devDependencies, because not every Node that we support can install or run them, or because only
 * the bench wants them.
 */
export function installOnce(
  name: string,
  packageSpecs: string | readonly string[],
  env: NodeJS.ProcessEnv = {},
): string {
  const folder = cachePath(name);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  // Renamed when it is complete: what was cut off leaves no half of one.
  const temporary = mkdtempSync(`${folder}-`);
  try {
    writeFileSync(join(temporary, 'package.json'), '{ "private": true }');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', ...[packageSpecs].flat()], {
      cwd: temporary,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}
