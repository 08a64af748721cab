import type { Figure, Goal } from './figure.ts';
import { digits } from './support/statistics.ts';

/** A value that was not measured reaches nothing. */
export function isReached({ value, atMost = Infinity, atLeast = -Infinity }: Goal): boolean {
  return value <= atMost && value >= atLeast;
}

/** `over undici, ESM: 0.21, at most 1: reached` */
export function describeGoal(goal: Goal): string {
  const { name, value, atMost, atLeast } = goal;
  const limits = [
    ...(atLeast === undefined ? [] : [`at least ${digits(atLeast)}`]),
    ...(atMost === undefined ? [] : [`at most ${digits(atMost)}`]),
  ];
  return `${name}: ${digits(value)}, ${limits.join(' and ')}: ${isReached(goal) ? 'reached' : 'MISSED'}`;
}

const tableRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** A section of docs/performance.md. */
export function toMarkdown({ title, how, head, rows, goals, notes = [] }: Figure): string {
  return [
    `## ${title}`,
    how,
    [head, head.map(() => '---'), ...rows].map(tableRow).join('\n'),
    goals.map((goal) => `- ${describeGoal(goal)}`).join('\n'),
    ...notes,
  ].join('\n\n');
}

/** For a terminal: the columns below each other. */
export function toText({ title, how, head, rows, goals, notes = [] }: Figure): string {
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [
    `\n${title}`,
    how,
    ...lines,
    ...goals.map((goal) => `  ${describeGoal(goal)}`),
    ...notes,
  ].join('\n');
}
