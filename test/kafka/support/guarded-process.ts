import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const GUARDIAN = fileURLToPath(new URL('guardian.mjs', import.meta.url));
const LOG_TAIL_LINES = 30;

export interface GuardedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Removed when the command is killed, by us or because this process ended. */
  readonly folder: string;
  readonly logFile: string;
  /** How long a graceful end may take before it is forced. Default 20 000. */
  readonly graceMs?: number;
}

/** A command that cannot outlive this process, not even when this one is killed by force. */
export class GuardedProcess {
  readonly #child: ChildProcess;
  readonly #logFile: string;
  /** Resolves to the exit code, null after a signal. */
  readonly ended: Promise<number | null>;

  constructor({ command, args, folder, logFile, graceMs = 20_000 }: GuardedCommand) {
    // A file, not a pipe: a test that blocks this process must not block the server's log.
    const log = openSync(logFile, 'a');
    // Detached, so that Ctrl-C reaches the guardian through its standard input only.
    this.#child = spawn(process.execPath, [GUARDIAN, folder, String(graceMs), command, ...args], {
      stdio: ['pipe', log, log],
      detached: true,
    });
    closeSync(log);
    this.#child.stdin?.on('error', () => undefined); // it ended first: nothing to close
    this.#logFile = logFile;
    this.ended = once(this.#child, 'exit').then(([code]) => code as number | null);
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The end of its log, for the message of a failure. */
  get logTail(): string {
    return readFileSync(this.#logFile, 'utf8').split('\n').slice(-LOG_TAIL_LINES).join('\n');
  }

  /** Ends it as a supervisor would: SIGTERM, and SIGKILL when it takes longer than the grace. */
  async terminate(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.ended;
  }

  /** Ends it at once and removes its folder. */
  async kill(): Promise<void> {
    this.#child.stdin?.end();
    await this.ended;
  }
}
