import type { Io } from './io.ts';
import type { Terminal } from './terminal.ts';
import type { Values } from './values.ts';

/** An option of a command, and its line in the help. */
export interface CommandOption {
  /** What stands for its value in the help; an option without one is a switch. */
  readonly value?: string;
  readonly short?: string;
  /** Whether it may be given several times. */
  readonly multiple?: boolean;
  readonly help: string;
}

export type CommandOptions = Readonly<Record<string, CommandOption>>;

/** One call of a command. */
export interface Call {
  readonly values: Values;
  readonly io: Io;
  readonly terminal: Terminal;
}

/** A subcommand. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What else is to be said of it, as whole sentences. */
  readonly description: string;
  readonly options: CommandOptions;
  /** Command lines without the program's name, and what each does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** Resolves to the exit code. */
  run(call: Call): Promise<number>;
}
