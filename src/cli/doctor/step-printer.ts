import { VERSION } from '../../version.ts';
import { duration, type Output } from '../output.ts';
import type { Group, Outcome, StepResult } from './checkup.ts';

const MARKS = {
  ok: ['green', '✓'],
  warning: ['yellow', '!'],
  failed: ['red', '✗'],
  skipped: ['dim', '-'],
} as const satisfies Record<Outcome, readonly [style: string, mark: string]>;

const TITLE_WIDTH = 18;
const INDENT = 4;

/** Prints the doctor's steps for people, one after the other. */
export class StepPrinter {
  readonly #output: Output;
  #group: Group | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  print({ group, title, outcome, detail, remedy, code, warnings, ms }: StepResult): void {
    const output = this.#output;
    if (this.#group === undefined) output.line(`quix-auth ${VERSION}, doctor`);
    if (this.#group !== group) output.line(`\n${output.style('bold', group)}`);
    this.#group = group;
    const [style, mark] = MARKS[outcome];
    const time = ms > 0 ? output.style('dim', `  ${duration(ms)}`) : '';
    const hasCode = code === undefined || detail.includes(code);
    const text = outcome === 'skipped' ? output.style('dim', `not tried: ${detail}`) : detail;
    const name = `${output.style(style, mark)} ${title.padEnd(TITLE_WIDTH)}`;
    output.line(`${name} ${hasCode ? '' : `${code}: `}${text}${time}`, 1, INDENT);
    for (const warning of warnings) {
      output.line(`${output.style('yellow', warning.code)}: ${warning.message}`, INDENT);
    }
    if (remedy !== undefined) output.line(`${output.style('cyan', '→')} ${remedy}`, INDENT);
  }

  printSummary(results: readonly StepResult[], ms: number): void {
    const counts = Object.entries(MARKS).flatMap(([outcome, [style, mark]]) => {
      const number = results.filter((result) => result.outcome === outcome).length;
      const label = outcome === 'skipped' ? 'not tried' : outcome;
      return number === 0 ? [] : [`${this.#output.style(style, mark)} ${number} ${label}`];
    });
    this.#output.line(`\n${counts.join(', ')} in ${duration(ms)}`);
  }
}
