import type { Readable, Writable } from 'node:stream';

/** A stream that may lead to a terminal. */
export type Output = Writable & { readonly isTTY?: boolean | undefined };

/** The world outside the command: a process, or a test. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the user's project is, whose Kafka client the doctor looks for. */
  readonly cwd: string;
  /** Resolves when the user or the system wants the command to end; until it is called, that ends it. */
  untilEnded(): Promise<void>;
}
