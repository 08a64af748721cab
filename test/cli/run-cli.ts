import { clearLine, cursorTo, moveCursor } from 'node:readline';
import { tmpdir } from 'node:os';
import { PassThrough } from 'node:stream';
import { runProgram } from '../../src/cli/program.ts';
import { sentinel } from '../support/sentinel.ts';

export interface CliOptions {
  readonly env?: Record<string, string | undefined>;
  readonly stdin?: string;
  readonly cwd?: string;
  /** Whether stdout and stderr are terminals. */
  readonly isTTY?: boolean;
  /** Width of the terminals. */
  readonly columns?: number;
  /** Allows secrets on stdout. Stderr is always searched for secrets. */
  readonly showsSecrets?: boolean;
  /** Stops a command that waits for SIGINT or SIGTERM. */
  readonly stopped?: Promise<void>;
  /** Called with each chunk of stdout. */
  readonly onStdout?: (text: string) => void;
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stream with the methods of a terminal that the spinner uses. */
class FakeTerminal extends PassThrough {
  readonly isTTY: boolean;
  readonly columns: number;

  constructor(isTTY: boolean, columns: number) {
    super();
    this.isTTY = isTTY;
    this.columns = columns;
  }

  cursorTo(x: number): void {
    cursorTo(this, x);
  }

  moveCursor(dx: number, dy: number): void {
    moveCursor(this, dx, dy);
  }

  clearLine(direction: 0 | 1 | -1): void {
    clearLine(this, direction);
  }
}

/** Runs `quix-auth` in this process with its own streams and environment. */
export async function runCli(
  args: readonly string[],
  { env = {}, stdin = '', cwd = process.cwd(), isTTY = false, ...others }: CliOptions = {},
): Promise<CliResult> {
  for (const [name, value] of Object.entries(env))
    if (/token/i.test(name) && !name.endsWith('_FILE')) sentinel.addSecret(value);
  sentinel.addSecret(stdin.trim());
  const { columns = 120 } = others;
  const streams = {
    stdin: Object.assign(new PassThrough(), { isTTY: false }),
    stdout: new FakeTerminal(isTTY, columns),
    stderr: new FakeTerminal(isTTY, columns),
  };
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    streams[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      if (name === 'stdout') others.onStdout?.(text);
    });
  }
  streams.stdin.end(stdin);
  const untilStopped = (): Promise<void> => others.stopped ?? Promise.resolve();
  const code = await runProgram(args, { ...streams, env, cwd, untilStopped });
  await new Promise(setImmediate);
  if (others.showsSecrets !== true) sentinel.record('stdout of quix-auth', written.stdout);
  sentinel.record('stderr of quix-auth', written.stderr);
  return { code, ...written };
}

/** Returns a text as one line, because the command wraps its output. */
export const unwrap = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** A step in the JSON document of the doctor. */
export interface Step {
  readonly id: string;
  readonly outcome: string;
  readonly detail: string;
  readonly code?: string;
  readonly remedy?: string;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** Returns the doctor's steps by their id. */
export function stepsOf({ stdout }: CliResult): Record<string, Step> {
  const { steps } = JSON.parse(stdout) as { steps: Step[] };
  return Object.fromEntries(steps.map((step) => [step.id, step]));
}

/**
 * Runs the doctor in a folder without a Kafka client, and returns its steps by id. The doctor then
 * uses the Kafka clients in this repository's node_modules.
 */
export async function doctorSteps(
  args: readonly string[],
  options: CliOptions = {},
): Promise<Record<string, Step>> {
  const command = ['doctor', '--json', '--timeout', '3', ...args];
  return stepsOf(await runCli(command, { cwd: tmpdir(), ...options }));
}
