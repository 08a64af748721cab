import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { QuixTopicConfiguration } from 'quix-streams-auth';
import { cachePath } from '../kafka/support/cached-install.ts';
import type { Call } from './our-client.ts';

/** The version is pinned, because a newer one may behave differently. */
export const QUIXSTREAMS_VERSION = '3.28.1';

/** The result of one call: a value, or the kind of error. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: string;
  /** HTTP status of an error. */
  readonly status?: number | null | undefined;
  readonly message?: string;
}

/** The input of a client. */
export interface Input {
  readonly portalApi?: string | undefined;
  readonly token?: string | undefined;
  readonly workspaceId?: string | undefined;
  readonly brokerAddress?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly group?: string | undefined;
  readonly transactionalId?: string | undefined;
  readonly topic?: string | undefined;
  /** Whether to create a topic that does not exist. */
  readonly create?: boolean;
  readonly partitions?: number;
  /** Configuration of a new topic. */
  readonly configuration?: QuixTopicConfiguration;
  readonly topicTimeoutMs?: number;
  /** Time limit of a call of this package. The official client always uses 30 s. */
  readonly timeoutMs?: number;
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

  /** Runs calls one after the other, with the same client. */
  async run<C extends Call>(input: Input, calls: readonly C[]): Promise<Record<C, Outcome>> {
    this.#child.stdin?.write(`${JSON.stringify({ ...input, calls })}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error('The official client ended.');
    return JSON.parse(line.value) as Record<C, Outcome>;
  }

  close(): void {
    this.#child.stdin?.end();
    this.#child.kill();
  }
}
