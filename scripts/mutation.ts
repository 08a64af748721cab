import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { type Reason, REASONS } from './mutation-reasons.ts';

/**
 * Reads the reports that `npm run mutation` left of the rooms named, all of them by default, and makes
 * docs/mutation.md of them: the score of each room, and every survivor with the reason why it stays.
 * Fails when one has no reason; with --check it writes nothing.
 */

interface Position {
  readonly line: number;
  readonly column: number;
}

interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

interface Report {
  readonly files: Readonly<Record<string, { source: string; mutants: readonly Mutant[] }>>;
}

const ROOMS = ['token', 'portal', 'broker'];
const DETECTED = ['Killed', 'Timeout'];
const UNDETECTED = ['Survived', 'NoCoverage'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false } },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const rooms = positionals.length > 0 ? positionals : ROOMS;
const problems: string[] = [];
const used = new Set<string>();

/** What stands between two positions, counted from 1. */
function textBetween(source: string, { start, end }: Mutant['location']): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return lines
    .map((line, index) =>
      line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined),
    )
    .join('\n');
}

/** One line, long ones cut in the middle. */
function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 90 ? `${line.slice(0, 60)} … ${line.slice(-25)}` : line;
}

/** As code in a table. */
const code = (text: string): string => `\`\` ${text.replaceAll('|', '\\|')} \`\``;

interface Survivor {
  readonly file: string;
  readonly line: number;
  readonly change: string;
  readonly reason: Reason | undefined;
}

function readSurvivors(file: string, source: string, mutants: readonly Mutant[]): Survivor[] {
  return mutants
    .filter(({ status }) => UNDETECTED.includes(status))
    .map(({ location, replacement }) => {
      const { line } = location.start;
      const change = `${short(textBetween(source, location))} → ${short(replacement)}`;
      const within = (source.split('\n')[line - 1] ?? '').trim();
      const reason = REASONS.find(({ survivors }) =>
        survivors.some(
          (each) => each.file === file && each.change === change && each.line === within,
        ),
      );
      if (reason) used.add(JSON.stringify([file, within, change]));
      else {
        problems.push(`No reason for ${file}:${line}`);
        console.error(`  ${JSON.stringify({ file, line: within, change })},`);
      }
      return { file, line, change, reason };
    });
}

const rows: string[] = [];
const survivors: Survivor[] = [];
for (const room of rooms) {
  const path = `${root}reports/mutation/${room}.json`;
  if (!existsSync(path)) {
    problems.push(`There is no report of ${room}: run ROOM=${room} npm run mutation.`);
    continue;
  }
  const { files } = JSON.parse(readFileSync(path, 'utf8')) as Report;
  const count = new Map<string, number>();
  for (const [name, { source, mutants }] of Object.entries(files)) {
    if (readFileSync(root + name, 'utf8') !== source)
      problems.push(`${name} has changed since its report: run ROOM=${room} npm run mutation.`);
    for (const { status } of mutants) count.set(status, (count.get(status) ?? 0) + 1);
    survivors.push(...readSurvivors(name.replace('src/', ''), source, mutants));
  }
  const sum = (states: string[]): number =>
    states.reduce((total, state) => total + (count.get(state) ?? 0), 0);
  const all = sum([...DETECTED, ...UNDETECTED]);
  const states = [...DETECTED, ...UNDETECTED].map((state) => count.get(state) ?? 0);
  const score = `${((sum(DETECTED) / all) * 100).toFixed(1)} %`;
  rows.push(`| ${[`src/${room}`, all, ...states, score].join(' | ')} |`);
}

for (const { survivors: expected } of REASONS)
  for (const { file, line, change } of expected)
    if (rooms.includes(file.split('/')[0] ?? '') && !used.has(JSON.stringify([file, line, change])))
      console.log(`Killed by now, so that it needs no reason: ${file}: ${change}`);

const sections = REASONS.flatMap((reason) => {
  const own = survivors.filter((each) => each.reason === reason);
  if (own.length === 0) return [];
  const lines = own.map(({ file, line, change }) => `| ${file}:${line} | ${code(change)} |`);
  return [
    `### ${reason.title}`,
    '',
    reason.text,
    '',
    '| where | change |',
    '| - | - |',
    ...lines,
    '',
  ];
});
if (!values.check && rooms.length === ROOMS.length && problems.length === 0) {
  const text = [
    '# Mutation tests, and what survives them',
    '',
    'Made by `npm run mutation:table` of the reports of Stryker; a survivor without a reason in `scripts/mutation-reasons.ts` is an error.',
    '',
    `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, \`ROOM=<room> npm run mutation\` for each room; what survived was asked again alone where tests were added after that. A mutant that makes a test wait for ever is killed by the time limit of that test; "timeout" is one that never gives the thread back.`,
    '',
    '| room | mutants | killed | timeout | survived | not run | score |',
    '| - | -: | -: | -: | -: | -: | -: |',
    ...rows,
    '',
    '## Survivors, by the reason why they stay',
    '',
    ...sections,
  ];
  writeFileSync(`${root}docs/mutation.md`, await format(text.join('\n'), { parser: 'markdown' }));
}
for (const row of rows) console.log(row);
for (const problem of problems) console.error(problem);
console.log(`${survivors.length} survivors, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
