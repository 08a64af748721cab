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

/** Returns a function that prints the doctor's steps for people, one after the other. */
export function stepPrinter(output: Output): (result: StepResult) => void {
  let currentGroup: Group | undefined;
  return ({ group, title, outcome, detail, remedy, code = '', warnings, ms }) => {
    if (currentGroup === undefined) output.line(`quix-auth ${VERSION}, doctor`);
    if (currentGroup !== group) output.line(`\n${output.style('bold', group)}`);
    currentGroup = group;
    const [style, mark] = MARKS[outcome];
    const time = ms > 0 ? output.style('dim', `  ${duration(ms)}`) : '';
    const prefix = code === '' || detail.includes(code) ? '' : `${code}: `;
    const text = outcome === 'skipped' ? output.style('dim', `not tried: ${detail}`) : detail;
    const name = `${output.style(style, mark)} ${title.padEnd(TITLE_WIDTH)}`;
    output.line(`${name} ${prefix}${text}${time}`, 1, INDENT);
    for (const warning of warnings) {
      output.line(`${output.style('yellow', warning.code)}: ${warning.message}`, INDENT);
    }
    if (remedy !== undefined) output.line(`${output.style('cyan', '→')} ${remedy}`, INDENT);
  };
}

/** Prints the number of steps for each outcome. */
export function printSummary(output: Output, results: readonly StepResult[], ms: number): void {
  const counts = Object.entries(MARKS).flatMap(([outcome, [style, mark]]) => {
    const number = results.filter((result) => result.outcome === outcome).length;
    const label = outcome === 'skipped' ? 'not tried' : outcome;
    return number === 0 ? [] : [`${output.style(style, mark)} ${number} ${label}`];
  });
  output.line(`\n${counts.join(', ')} in ${duration(ms)}`);
}
