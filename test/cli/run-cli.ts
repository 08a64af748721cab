import { PassThrough } from 'node:stream';
import { runCommand } from '../../src/cli/run-command.ts';
import { sentinel } from '../support/sentinel.ts';

export interface CliOptions {
  readonly env?: Record<string, string | undefined>;
  readonly stdin?: string;
  readonly cwd?: string;
  /** Whether stdout and stderr are terminals. */
  readonly isTTY?: boolean;
  /** The one way past the sentinel: for tests of what shows secrets on purpose. Stderr is searched all the same. */
  readonly showsSecrets?: boolean;
  /** Ends a command that goes on until it is told to end. */
  readonly ended?: Promise<void>;
  /** Told of each piece of stdout as it comes. */
  readonly onStdout?: (text: string) => void;
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `quix-auth` in this process, with streams and environment of its own. */
export async function runCli(
  args: readonly string[],
  { env = {}, stdin = '', cwd = process.cwd(), isTTY = false, ...others }: CliOptions = {},
): Promise<CliResult> {
  for (const [name, value] of Object.entries(env))
    if (/token/i.test(name)) sentinel.addSecret(value);
  sentinel.addSecret(stdin.trim());
  const streams = {
    stdin: Object.assign(new PassThrough(), { isTTY: false }),
    stdout: Object.assign(new PassThrough(), { isTTY }),
    stderr: Object.assign(new PassThrough(), { isTTY }),
  };
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    streams[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      if (name === 'stdout') others.onStdout?.(text);
    });
  }
  streams.stdin.end(stdin);
  const untilEnded = (): Promise<void> => others.ended ?? Promise.resolve();
  const code = await runCommand(args, { ...streams, env, cwd, untilEnded });
  await new Promise(setImmediate);
  if (others.showsSecrets !== true) sentinel.record('stdout of quix-auth', said.stdout);
  sentinel.record('stderr of quix-auth', said.stderr);
  return { code, ...said };
}

/** A step of the doctor as its JSON has it. */
export interface Step {
  readonly id: string;
  readonly outcome: string;
  readonly detail: string;
  readonly code?: string;
  readonly remedy?: string;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** The doctor's steps by their id. */
export function stepsOf({ stdout }: CliResult): Record<string, Step> {
  const { steps } = JSON.parse(stdout) as { steps: Step[] };
  return Object.fromEntries(steps.map((step) => [step.id, step]));
}
