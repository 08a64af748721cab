import { duration, type Terminal } from '../terminal.ts';
import type { Group, Outcome, StepResult } from './checkup.ts';

const MARKS = {
  ok: ['green', '✓'],
  warning: ['yellow', '!'],
  failed: ['red', '✗'],
  skipped: ['dim', '-'],
} as const satisfies Record<Outcome, readonly [style: string, mark: string]>;

const TITLE_WIDTH = 18;

/** Prints the doctor's steps as they come, for people. */
export class StepPrinter {
  readonly #terminal: Terminal;
  readonly #version: string;
  #group: Group | undefined;

  constructor(terminal: Terminal, version: string) {
    this.#terminal = terminal;
    this.#version = version;
  }

  print({ group, title, outcome, detail, remedy, code, warnings, ms }: StepResult): void {
    const terminal = this.#terminal;
    if (this.#group === undefined) terminal.line(`quix-auth ${this.#version}, doctor`);
    if (this.#group !== group) terminal.line(`\n${terminal.style('bold', group)}`);
    this.#group = group;
    const [style, mark] = MARKS[outcome];
    const time = ms > 0 ? terminal.style('dim', `  ${duration(ms)}`) : '';
    const isNamed = code === undefined || detail.includes(code);
    const named = isNamed ? detail : `${code}: ${detail}`;
    const text = outcome === 'skipped' ? terminal.style('dim', `not tried: ${detail}`) : named;
    terminal.line(` ${terminal.style(style, mark)} ${title.padEnd(TITLE_WIDTH)} ${text}${time}`);
    const indent = ' '.repeat(4);
    for (const warning of warnings) {
      terminal.line(`${indent}${terminal.style('yellow', warning.code)}: ${warning.message}`);
    }
    if (remedy !== undefined) terminal.line(`${indent}${terminal.style('cyan', '→')} ${remedy}`);
  }

  printSummary(results: readonly StepResult[], ms: number): void {
    const counts = Object.entries(MARKS).flatMap(([outcome, [style, mark]]) => {
      const number = results.filter((result) => result.outcome === outcome).length;
      const words = outcome === 'skipped' ? 'not tried' : outcome;
      return number === 0 ? [] : [`${this.#terminal.style(style, mark)} ${number} ${words}`];
    });
    this.#terminal.line(`\n${counts.join(', ')} in ${duration(ms)}`);
  }
}
