import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Milliseconds from the start of a process to its first line, which has to be `expected`. */
export async function timeToFirstLine(
  [command = '', ...args]: readonly string[],
  options: { readonly cwd: string; readonly env: Record<string, string> },
  expected: string,
): Promise<number> {
  const start = performance.now();
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  let said = '';
  let tookMs = NaN;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (said === '') tookMs = performance.now() - start;
    said += text;
  });
  await exit;
  if (said.trim() !== expected) throw new Error(`${args.join(' ')} said "${said}".`);
  return tookMs;
}
