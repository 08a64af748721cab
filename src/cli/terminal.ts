import { styleText } from 'node:util';
import type { Io, Output } from './io.ts';

type Style = Parameters<typeof styleText>[0];

/** Line breaks and tabs are ours; other control characters could come from a server and move the cursor. */
const CONTROL = /(?![\n\t])\p{C}/gu;

/** Text for people on stdout, in colours where that is a terminal and NO_COLOR is not set. */
export class Terminal {
  readonly #stdout: Output;
  readonly #isColoured: boolean;

  constructor({ stdout, env }: Io) {
    this.#stdout = stdout;
    this.#isColoured = stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  }

  /** Writes a line of text that was made printable by {@link printable}, styles aside. */
  line(text = ''): void {
    this.#stdout.write(`${text}\n`);
  }

  style(style: Style, text: string): string {
    return this.#isColoured ? styleText(style, text, { validateStream: false }) : text;
  }
}

/** Foreign text without what a terminal would obey. */
export function printable(text: string): string {
  return text.replace(CONTROL, '');
}

/** `2.1 s` or `15 ms`. */
export function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
