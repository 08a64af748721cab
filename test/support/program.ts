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
/** Ten times the usual duration, for busy machines. */
const TIMEOUT_MS = 60_000;

/** A user's program that runs from source in its own process. */
export interface Program {
  readonly child: ChildProcess;
  /** Returns the output so far, of both streams. */
  readonly output: () => string;
  /** Waits until the output matches. */
  readonly says: (text: RegExp) => Promise<void>;
  /** Waits until the program ends, expects exit code 0, and returns the output. */
  readonly succeeds: () => Promise<string>;
  /** Waits until the program ends, expects a failure, and returns the output. */
  readonly fails: () => Promise<string>;
  /** Sends SIGTERM, as Kubernetes does, expects exit code 0, and returns the output. */
  readonly stops: () => Promise<string>;
}

/** Starts a program with only this environment. The program is killed when the test finishes. */
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
        timeoutMs: TIMEOUT_MS,
        what: `Output that matches ${expected.source}`,
        details: output,
        reasonToStop: () =>
          child.exitCode === null || expected.test(text)
            ? undefined
            : `The program ended. Output: ${text}`,
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

/** Returns the path of a program in examples/. */
export const examplePath = (name: string): string => join(root, 'examples', name);

/**
 * Writes a program to an empty folder and links packages into its node_modules. For code that is not a
 * file yet, and for packages that cannot be devDependencies.
 *
 * @param packages Package names and the folders in which they are installed.
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
