import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cachePath } from '../kafka/support/cached-install.ts';

/** Version of the official Python client. It is pinned, because a newer one may behave differently. */
export const QUIXSTREAMS_VERSION = '3.28.1';

/** Installs the official client once, in a virtual environment, and returns the Python that has it. */
export function installOfficialClient(): string {
  const folder = cachePath(`quixstreams-${QUIXSTREAMS_VERSION}`);
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  mkdirSync(dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}-`);
  const run = (command: string, ...args: string[]): void => {
    execFileSync(command, ['-m', ...args], { stdio: 'inherit' });
  };
  try {
    run('python3', 'venv', temporary);
    const pip = ['pip', 'install', '--quiet', '--disable-pip-version-check'];
    run(join(temporary, 'bin', 'python'), ...pip, `quixstreams==${QUIXSTREAMS_VERSION}`);
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return python;
}
