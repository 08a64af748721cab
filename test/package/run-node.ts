import { execFileSync } from 'node:child_process';
import { inject } from 'vitest';
import { STRICT_FLAGS } from './strict-flags.ts';

/**
 * Runs code in the folder of the installed tarball and returns its output, parsed as JSON. Deprecation
 * warnings and unhandled rejections are fatal.
 */
export function runNode(
  type: 'module' | 'commonjs',
  code: string,
  env: NodeJS.ProcessEnv = {},
): unknown {
  const args = [...STRICT_FLAGS, `--input-type=${type}`, '-e', code];
  const output = execFileSync(process.execPath, args, {
    cwd: inject('folder'),
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  });
  return JSON.parse(output) as unknown;
}
