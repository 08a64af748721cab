import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const GUARDIAN = fileURLToPath(new URL('guardian.mjs', import.meta.url));
const LOG_TAIL_LINES = 30;

export interface GuardedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Folder that is removed when the command is killed or this process ends. */
  readonly folder: string;
  readonly logFile: string;
  /** Milliseconds from SIGTERM to SIGKILL. Default 20 000. */
  readonly graceMs?: number;
}

/** Runs a command that ends with this process, even after SIGKILL. */
export class GuardedProcess {
  readonly #child: ChildProcess;
  readonly #logFile: string;
  /** Resolves to the exit code, or to null after a signal. */
  readonly ended: Promise<number | null>;

  constructor({ command, args, folder, logFile, graceMs = 20_000 }: GuardedCommand) {
    // With a pipe, a test that blocks this process would block the server's log.
    const log = openSync(logFile, 'a');
    // Detached, so that Ctrl-C reaches the guardian through its standard input only.
    this.#child = spawn(process.execPath, [GUARDIAN, folder, String(graceMs), command, ...args], {
      stdio: ['pipe', log, log],
      detached: true,
    });
    closeSync(log);
    this.#child.stdin?.on('error', () => undefined); // the guardian may have exited already
    this.#logFile = logFile;
    this.ended = once(this.#child, 'exit').then(([code]) => code as number | null);
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The last lines of the log, for error messages. */
  get logTail(): string {
    return readFileSync(this.#logFile, 'utf8').split('\n').slice(-LOG_TAIL_LINES).join('\n');
  }

  /** Sends SIGTERM, then SIGKILL after the grace period. */
  async terminate(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.ended;
  }

  /** Sends SIGKILL and keeps the folder. */
  async crash(): Promise<void> {
    this.#child.kill('SIGHUP'); // the guardian kills the command
    await this.ended;
  }

  /** Sends SIGKILL and removes the folder. */
  async kill(): Promise<void> {
    this.#child.stdin?.end();
    await this.ended;
  }
}
