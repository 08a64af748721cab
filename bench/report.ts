import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { QUIXSTREAMS_VERSION } from '../test/support/quixstreams.ts';
import { describeGoal, type Figure } from './figure.ts';
import { PEERS } from './support/install.ts';

/** Returns docs/evidence/performance.md before formatting. */
export function toMarkdown(figures: readonly Figure[]): string {
  return [
    '# Performance',
    'This page is written by `npm run bench`, which measures every table in one run and fails if a figure exceeds its limit. Compare the ratios: the times depend on the machine.',
    describeMachine(),
    ...figures.map(toSection),
  ].join('\n\n');
}

/** Describes when and where the figures were measured. */
export function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  const peers = Object.entries(PEERS).map(([name, version]) => `${name} ${version}`);
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)} with Node ${process.versions.node}`,
    `on ${availableParallelism()} cores (${model}), ${memory} GB, ${type()} ${release()}.`,
    `Packages: ${peers.join(', ')}, quixstreams ${QUIXSTREAMS_VERSION} (Python).`,
  ].join(' ');
}

function toSection({ title, method, picture, head, rows, notes = [] }: Figure): string {
  const image = picture && [`![${picture.altText}](../images/${picture.name}.svg)`];
  const table = [head, head.map(() => '---'), ...rows];
  const lines = table.map((cells) => `| ${cells.join(' | ')} |`);
  return [`## ${title}`, method, ...(image ?? []), lines.join('\n'), ...notes].join('\n\n');
}

/** Returns a figure and its goals for the terminal, with aligned columns. */
export function toText({ title, method, head, rows, goals, notes = [] }: Figure): string {
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const goalLines = goals.map((goal) => `  ${describeGoal(goal)}`);
  return [`\n${title}`, method, ...lines, ...goalLines, ...notes].join('\n');
}
