import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sentinel } from '../support/sentinel.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsx = createRequire(import.meta.url).resolve('tsx');

/** The command `quix-auth emulate` in a process of its own. */
export class EmulateCommand {
  readonly #child: ChildProcess;
  readonly url: string;
  readonly token1: string;

  private constructor(child: ChildProcess, url: string, token1: string) {
    this.#child = child;
    this.url = url;
    this.token1 = token1;
  }

  /** Starts the command and waits until it prints its URL. */
  static async start(args: readonly string[], env: NodeJS.ProcessEnv): Promise<EmulateCommand> {
    const command = ['--import', tsx, 'src/cli/main.ts', 'emulate', '--json', ...args];
    const child = spawn(process.execPath, command, {
      cwd: root,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // The other lines describe requests. They are read so that the pipe does not become full.
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { url, env: variables } = JSON.parse(line) as {
      url: string;
      env: Record<string, string>;
    };
    const token1 = variables['Quix__Sdk__Token'] ?? '';
    sentinel.addSecret(token1);
    return new EmulateCommand(child, url, token1);
  }

  /** Sends SIGTERM and returns the exit code. */
  async stop(): Promise<number | null> {
    const closed = once(this.#child, 'close') as Promise<[number | null]>;
    this.#child.kill('SIGTERM');
    return (await closed)[0];
  }
}
