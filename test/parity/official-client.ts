import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { cachePath } from '../kafka/support/cached-install.ts';

/** The version is pinned, because a newer one may behave differently. */
export const QUIXSTREAMS_VERSION = '3.28.1';

/** The result of one call: a value, or the kind of error. */
export interface Outcome<T> {
  readonly value?: T;
  readonly error?: string;
}

/** The results of a client in one situation. */
export interface Results {
  readonly settings: Outcome<Record<string, string>>;
  readonly group: Outcome<string>;
  readonly transactionalId: Outcome<string>;
  readonly topicId: Outcome<string>;
}

/** The input of a client. */
export interface Input {
  readonly portalApi: string;
  readonly token: string;
  readonly workspaceId?: string | undefined;
  readonly group: string;
  readonly transactionalId: string;
  readonly topic: string;
  readonly partitions: number;
}

/** Returns the path of a Python with the official client, in a virtual environment outside the repository. */
export function findPython(): string {
  const folder = cachePath(`quixstreams-${QUIXSTREAMS_VERSION}`);
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  mkdirSync(dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}-`);
  try {
    execFileSync('python3', ['-m', 'venv', temporary], { stdio: 'inherit' });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    execFileSync(
      join(temporary, 'bin', 'python'),
      [...pip, `quixstreams==${QUIXSTREAMS_VERSION}`],
      {
        stdio: 'inherit',
      },
    );
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return python;
}

/** A process that runs the official client on one input after the other. */
export class OfficialClient {
  readonly #child = spawn(
    findPython(),
    ['-W', 'ignore', fileURLToPath(new URL('official_client.py', import.meta.url))],
    // Results contain passwords, so they use a separate pipe. The sentinel searches stdout and stderr.
    { stdio: ['pipe', 'pipe', 'inherit', 'pipe'], env: { PATH: process.env['PATH'] } },
  );
  readonly #lines = createInterface({ input: this.#child.stdio[3] as Readable })[
    Symbol.asyncIterator
  ]();

  async run(input: Input): Promise<Results> {
    this.#child.stdin?.write(`${JSON.stringify(input)}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error('The official client ended.');
    return JSON.parse(line.value) as Results;
  }

  close(): void {
    this.#child.stdin?.end();
    this.#child.kill();
  }
}
