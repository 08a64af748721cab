import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { home } from './home.ts';

const execute = promisify(execFile);

/** Runs a program of bench/programs in a process of its own; what it says as JSON is its answer. */
export async function runProgram<T>(
  quick: boolean,
  [program, ...args]: readonly [string, ...string[]],
  env: Record<string, string> = {},
): Promise<T> {
  const folder = home(quick);
  const path = join(folder, 'programs', program);
  const { stdout } = await execute(process.execPath, ['--expose-gc', path, ...args], {
    cwd: folder,
    env,
  });
  return JSON.parse(stdout) as T;
}
