import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { waitUntil } from '../kafka/support/wait-until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsx = createRequire(import.meta.url).resolve('tsx');
/** Ten times what it takes, on a machine that has something else to do. */
const PATIENCE_MS = 60_000;

/** A program of a user, run from source in a process of its own. */
export interface Program {
  readonly child: ChildProcess;
  /** What it has printed, on both streams. */
  readonly output: () => string;
  /** Waits until it has printed this. */
  readonly says: (text: RegExp) => Promise<void>;
  /** Waits for its end, which has to be a good one, and gives what it printed. */
  readonly succeeds: () => Promise<string>;
  /** Waits for its end, which has to be a failure, and gives what it printed. */
  readonly fails: () => Promise<string>;
  /** Asks it to stop, as Kubernetes does; it has to end well. */
  readonly stops: () => Promise<string>;
}

/** Starts a program with nothing in its environment but this. It is ended when the test is finished. */
export function startProgram(path: string, env: NodeJS.ProcessEnv, ...args: string[]): Program {
  const child = spawn(process.execPath, ['--import', tsx, path, ...args], {
    env: { PATH: process.env['PATH'], TSX_TSCONFIG_PATH: join(root, 'tsconfig.json'), ...env },
    cwd: dirname(path),
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const closed = once(child, 'close') as Promise<[number | null]>;
  const output = (): string => text;
  const succeeds = async (): Promise<string> => {
    const [code] = await closed;
    expect(code, text).toBe(0);
    return text;
  };
  return {
    child,
    output,
    succeeds,
    says: (expected) =>
      waitUntil(() => Promise.resolve(expected.test(text)), {
        timeoutMs: PATIENCE_MS,
        what: `Saying ${expected.source}`,
        details: output,
        reasonToStop: () =>
          child.exitCode === null || expected.test(text) ? undefined : `It ended: ${text}`,
      }),
    async fails() {
      const [code] = await closed;
      expect(code, text).not.toBe(0);
      return text;
    },
    async stops() {
      child.kill('SIGTERM');
      return await succeeds();
    },
  };
}

/** Path of a program of examples/. */
export const examplePath = (name: string): string => join(root, 'examples', name);

/**
 * Puts a program into an empty folder with these packages beside it, by name and where they are
 * installed. For code that is no file yet, and for packages that cannot be devDependencies.
 */
export function placeProgram(
  name: string,
  code: string,
  packages: Readonly<Record<string, string>> = {},
): string {
  const folder = mkdtempSync(join(tmpdir(), 'quix-program-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  for (const [each, target] of Object.entries(packages)) {
    const link = join(folder, 'node_modules', each);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link);
  }
  writeFileSync(join(folder, name), code);
  return join(folder, name);
}
