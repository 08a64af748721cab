import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { installOfficialClient } from '../support/quixstreams.ts';
import { sentinel } from '../support/sentinel.ts';
import type { RunCalls } from './this-package.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A process that prints one JSON text per line. */
class JsonLinesProcess {
  readonly #child;
  readonly #closed;
  readonly #lines;

  constructor(command: readonly string[], env: NodeJS.ProcessEnv = {}) {
    // The sentinel reports secrets on stdout. The lines contain secrets, so they use another pipe.
    this.#child = spawn('sh', ['-c', 'exec "$@" >&3', 'sh', ...command], {
      cwd: root,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
    });
    this.#closed = once(this.#child, 'close') as Promise<[number | null]>;
    const lines = createInterface({ input: this.#child.stdio[3] as Readable });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  write(value: unknown): void {
    this.#child.stdin?.write(`${JSON.stringify(value)}\n`);
  }

  /** Returns the next line. */
  async read(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done) throw new Error('The process ended before it printed the next line.');
    return JSON.parse(line.value);
  }

  /** Sends SIGTERM. Returns the exit code and the remaining lines. */
  async stop(): Promise<{ code: number | null; lines: unknown[] }> {
    this.#child.kill('SIGTERM');
    const lines: unknown[] = [];
    for await (const line of { [Symbol.asyncIterator]: () => this.#lines }) {
      lines.push(JSON.parse(line));
    }
    return { code: (await this.#closed)[0], lines };
  }
}

/** The built command `quix-auth emulate` in a process of its own. */
export interface EmulateCommand {
  readonly url: string;
  readonly token1: string;
  /** Sends SIGTERM. Returns the exit code and the number of requests that were answered. */
  readonly stop: () => Promise<{ code: number | null; requests: number }>;
}

/** Starts the command and waits until it prints its URL. */
export async function startEmulateCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<EmulateCommand> {
  const command = [process.execPath, 'dist/cli.js', 'emulate', '--json', ...args];
  const child = new JsonLinesProcess(command, env);
  const started = (await child.read()) as { url: string; env: { Quix__Sdk__Token: string } };
  const token1 = started.env.Quix__Sdk__Token;
  sentinel.addSecret(token1);
  return {
    url: started.url,
    token1,
    async stop() {
      const { code, lines } = await child.stop();
      return { code, requests: (lines.at(-1) as { requests: number }).requests };
    },
  };
}

/** A process that runs the official client on one input after the other. */
export class OfficialClient {
  readonly #process = new JsonLinesProcess([
    installOfficialClient(),
    ...['-W', 'ignore', 'test/parity/official_client.py'],
  ]);

  readonly run: RunCalls = async (input, calls) => {
    this.#process.write({ ...input, calls });
    return (await this.#process.read()) as Awaited<ReturnType<RunCalls>>;
  };

  async close(): Promise<void> {
    await this.#process.stop();
  }
}
