import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { isRecord, isSame, normalised } from './compare.ts';
import type { Outcome } from './official-client.ts';
import { usesCommand, type Row, type Section } from './table/index.ts';

/** The page with the results. */
export const PAGE = fileURLToPath(new URL('../../docs/parity.md', import.meta.url));
const BEGIN = '<!-- npm run test:parity -- -u writes the text from here -->';
const END = '<!-- to here -->';
/** Objects with more properties are only counted, because a cell of the table has little space. */
const MAX_PROPERTIES = 6;
const SECRETS = ['sasl.password', 'ssl.ca.pem'];

/** The results of both clients in one situation. */
export interface Result {
  readonly row: Row;
  readonly official: Outcome;
  readonly ours: Outcome;
}

const isMentioned = ({ message }: Outcome, { mentions }: Row): boolean =>
  mentions !== undefined && message?.includes(mentions) === true;

/** Returns whether both clients return the same value, or fail with the same text of the Portal. */
export const isSameResult = ({ row, official, ours }: Result): boolean =>
  isSame(official, ours) && isMentioned(official, row) === isMentioned(ours, row);

const code = (text: string): string => `\`${text}\``;
const shortText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/** Returns a result as the page shows it, without secrets. */
function shown(outcome: Outcome, row: Row): string {
  const { value, error, status } = outcome;
  if (error !== undefined) {
    const verb = isMentioned(outcome, row) ? 'mentions' : 'does not mention';
    const suffix = row.mentions === undefined ? '' : `, ${verb} ${code(row.mentions)}`;
    return `${code(error)}${status ? ` (${status})` : ''}${suffix}`;
  }
  if (Array.isArray(value)) return value.map(shortText).map(code).join(', ');
  if (!isRecord(value)) {
    const text = shortText(value);
    return text.startsWith('-----BEGIN') ? 'certificate' : code(text);
  }
  const keys = row.properties ?? Object.keys(value);
  if (keys.length > MAX_PROPERTIES) return `${keys.length} settings`;
  return keys
    .map((key) => {
      const each = value[key];
      if (each === undefined) return `no ${code(key)}`;
      if (each === '') return `${code(key)} is empty`;
      return SECRETS.includes(key) ? code(key) : code(`${key}=${shortText(each)}`);
    })
    .join(', ');
}

/** Returns a description of a result for the message of a test. It contains no secrets. */
export function describeResult({ row, official, ours }: Result): string {
  const [one, other] = [normalised(official.value), normalised(ours.value)];
  const keys =
    isRecord(one) && isRecord(other)
      ? Object.keys({ ...one, ...other }).filter((key) => one[key] !== other[key])
      : [];
  const names = keys.length === 0 ? '' : ` These properties differ: ${keys.join(', ')}.`;
  return `Official client: ${shown(official, row)}. This package: ${shown(ours, row)}.${names}`;
}

const HEADER = [
  '| situation | official client | this package | verdict | reason | test of the official client |',
  '| --- | --- | --- | --- | --- | --- |',
];

function tableRow({ row, official, ours }: Result): string {
  const { title, difference, upstream = '' } = row;
  const tests = upstream.split(', ').filter(Boolean).map(code).join(', ');
  const cells = [
    title,
    shown(official, row),
    shown(ours, row),
    difference?.verdict ?? 'same',
    difference?.reason ?? '',
    tests,
  ];
  return `| ${cells.join(' | ')} |`;
}

function countOf(results: readonly Result[], verdict: string): number {
  return results.filter(({ row }) => (row.difference?.verdict ?? 'same') === verdict).length;
}

/** Returns docs/parity.md with new results. Only the text between the two markers is generated. */
export async function renderPage(
  sections: readonly (Section & { readonly results: readonly Result[] })[],
): Promise<string> {
  const all = sections.flatMap(({ results }) => results);
  const [same, better, different] = ['same', 'better', 'different'].map((verdict) =>
    countOf(all, verdict),
  );
  const commands = all.filter(({ row }) => usesCommand(row)).length;
  const lines = [
    `The tables have ${all.length} situations. The result is the same in ${same} of them, better with this package in ${better}, and deliberately different in ${different}.`,
    `In ${commands} situations, the Portal is the command \`quix-auth emulate\` in a process of its own. The other situations need faults or a state for which the command has no option, such as several environments. For them, the test starts the same server with \`startPortalEmulator()\`.`,
    ...sections.flatMap(({ title, results }) => [
      `### ${title}`,
      [...HEADER, ...results.map(tableRow)].join('\n'),
    ]),
  ];
  const page = readFileSync(PAGE, 'utf8');
  const [before = '', after = ''] = [page.split(BEGIN)[0], page.split(END)[1]];
  const text = [before.trimEnd(), BEGIN, ...lines, END, after.trimStart()].join('\n\n');
  return await format(text, { ...(await resolveConfig(PAGE)), filepath: PAGE });
}
