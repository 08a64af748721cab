import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { installOfficialClient } from '../../test/support/quixstreams.ts';
import type { BenchPortal } from './portal.ts';

/**
 * Runs a program of `folder` in a new process. Resolves to the milliseconds from the start of the process
 * to its first line of output, which it prints when it has credentials.
 */
export async function timeColdProcess(
  portal: BenchPortal,
  folder: string,
  program: string,
): Promise<number> {
  const path = join(folder, 'programs', program);
  const isPython = program.endsWith('.py');
  const command = isPython ? installOfficialClient() : process.execPath;
  const args = isPython ? ['-W', 'ignore', path] : [path];
  const env = { ...portal.tlsEnv, SSL_CERT_FILE: portal.address.caFile };
  const start = performance.now();
  const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const close = once(child, 'close');
  let output = '';
  let errors = '';
  let elapsedMs = NaN;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') elapsedMs = performance.now() - start;
    output += text;
  });
  // Shown only if the program fails: the Python client prints deprecation warnings in each run.
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  await close;
  if (output.trim() !== portal.address.workspaceId) {
    throw new Error(`${program} printed "${output}" instead of the workspace id.\n${errors}`);
  }
  return elapsedMs;
}
