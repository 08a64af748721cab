import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { sentinel } from '../support/sentinel.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsx = createRequire(import.meta.url).resolve('tsx');

/** The command `quix-auth emulate` in a process of its own. */
export interface EmulateCommand {
  readonly url: string;
  readonly token1: string;
  /** Sends SIGTERM and returns the exit code. */
  readonly stop: () => Promise<number | null>;
}

/** Starts the command and waits until it prints its URL. */
export async function startEmulateCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<EmulateCommand> {
  const command = [process.execPath, '--import', tsx, 'src/cli/main.ts', 'emulate', '--json'];
  // The command prints its tokens, so it uses a separate pipe. The sentinel searches stdout.
  const child = spawn('sh', ['-c', 'exec "$@" >&3', 'sh', ...command, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const ended = new AbortController();
  const closed = once(child, 'close') as Promise<[number | null]>;
  void closed.then(() => {
    ended.abort('The command ended.');
  });
  // The other lines describe requests. They are read so that the pipe does not become full.
  const lines = createInterface({ input: child.stdio[3] as Readable });
  const [line] = (await once(lines, 'line', { signal: ended.signal })) as [string];
  const started = JSON.parse(line) as { url: string; env: Record<string, string> };
  const token1 = started.env['Quix__Sdk__Token'] ?? '';
  sentinel.addSecret(token1);
  return {
    url: started.url,
    token1,
    async stop() {
      child.kill('SIGTERM');
      return (await closed)[0];
    },
  };
}
