import { clearScreenDown, cursorTo } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';
import wrapAnsi from 'wrap-ansi';
import yoctoSpinner from 'yocto-spinner';
import { redactTokens } from '../token/index.ts';

/** Columns of a line when stdout is not a terminal. */
const DEFAULT_COLUMNS = 80;
/** Longer lines are hard to read, even on a wide terminal. */
const MAX_COLUMNS = 100;
/** Characters that could change what a terminal shows, such as ESC, and the line separators. */
const CONTROL = /[\p{C}\p{Zl}\p{Zp}]/gu;

type Style = Parameters<typeof styleText>[0];

type OutputStream = Writable & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

/** Streams, environment and signals of the process, or those of a test. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the user's project. */
  readonly cwd: string;
  /** Resolves on SIGINT or SIGTERM. */
  untilStopped(): Promise<unknown>;
}

/** Prints text for people, or JSON for programs. */
export class Output {
  readonly isJson: boolean;
  readonly columns: number;
  readonly hasColours: boolean;
  readonly isTerminal: boolean;
  readonly #io: Io;

  constructor(io: Io, isJson: boolean) {
    const { stdout, env } = io;
    const { columns = 0, isTTY: isTerminal = false } = stdout;
    this.#io = io;
    this.isJson = isJson;
    // A terminal may report no width.
    this.columns = isTerminal && columns > 0 ? Math.min(columns, MAX_COLUMNS) : DEFAULT_COLUMNS;
    this.isTerminal = isTerminal;
    this.hasColours = isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  }

  /**
   * Prints a paragraph on stdout. Indents its first line by `first`, and the others by `rest`. The
   * text may contain styles, so texts of users and servers must be {@link printable}.
   */
  line(text = '', first = 0, rest = first): void {
    this.raw(`${' '.repeat(first)}${this.#wrap(text, rest)}\n`);
  }

  /** Prints a paragraph for people on stderr, and a hint on a line of its own. */
  note(text: string, hint?: string): void {
    const advice = hint === undefined ? '' : `\n→ ${printable(hint)}`;
    this.#io.stderr.write(`${this.#wrap(`quix-auth: ${printable(text)}${advice}`, 2)}\n`);
  }

  /** Prints one JSON document as one line. */
  json(document: object): void {
    this.raw(`${toJson(document)}\n`);
  }

  /** Prints text on stdout as it is. */
  raw(text: string): void {
    this.#io.stdout.write(text);
  }

  /** Clears the terminal, so that the next output replaces the previous one. */
  clear(): void {
    cursorTo(this.#io.stdout, 0, 0);
    clearScreenDown(this.#io.stdout);
  }

  style(style: Style, text: string): string {
    return this.hasColours ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Runs a task. Shows a spinner on stderr if stderr is a terminal. */
  async spin<T>(text: string, task: () => Promise<T>): Promise<T> {
    const { stderr } = this.#io;
    if (stderr.isTTY !== true) return await task();
    const spinner = yoctoSpinner({ text, stream: stderr }).start();
    try {
      return await task();
    } finally {
      spinner.stop();
    }
  }

  /** Wraps at word boundaries, so URLs and ids stay whole. */
  #wrap(text: string, indent: number): string {
    return wrapAnsi(text, this.columns - indent).replaceAll('\n', `\n${' '.repeat(indent)}`);
  }
}

export interface Context {
  readonly io: Io;
  readonly output: Output;
  exitCode: number;
}

/**
 * Makes a text of a user or a server safe to print as a part of one line. Removes control
 * characters, line breaks, and everything that has the shape of a token.
 */
export function printable(text: string): string {
  // Control characters could split a token, so they are removed first.
  return redactTokens(text.replace(CONTROL, (character) => (/\s/.test(character) ? ' ' : '')));
}

/** Returns JSON. Also escapes the control characters that JSON permits. */
export function toJson(value: object, indent?: number): string {
  // JSON.stringify() escapes the line breaks of texts, so all others are indentation.
  const escape = (character: string): string =>
    character === '\n' ? character : character.replace(/[^]/g, unicodeEscape);
  return JSON.stringify(value, undefined, indent).replace(CONTROL, escape);
}

/** Returns a UTF-16 code unit as `\uXXXX`. */
export const unicodeEscape = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Returns `2.1 s` or `15 ms`. */
export function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
