import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { readProjects, type ProjectResult } from '../test/consumers/project.ts';

/**
 * Writes the table in docs/toolchains.md. The argument is the JSON report of `npm run test:consumers`.
 * Rows of projects that are not in the report stay the same. The table names one version of Node, so
 * these rows must have been measured with the Node of the report.
 *
 * With --check it does not write the table. It then fails when a project did not pass, or when a row
 * differs in something other than its seconds.
 */

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly meta?: { readonly consumer?: ProjectResult };
    }[];
  }[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false } },
});
const [path] = positionals;
if (path === undefined) {
  console.error('Pass the path of the JSON report of npm run test:consumers.');
  process.exit(2);
}
const page = 'docs/toolchains.md';
const file = fileURLToPath(new URL(`../${page}`, import.meta.url));
const [start, end] = ['<!-- toolchains -->', '<!-- /toolchains -->'];

const results = (JSON.parse(readFileSync(path, 'utf8')) as Report).testResults
  .flatMap(({ assertionResults }) => assertionResults)
  .flatMap(({ status, meta }) => (status === 'passed' && meta?.consumer ? [meta.consumer] : []));

/** A row of the table by the name of its project. Its last cell is the duration. */
type Rows = ReadonlyMap<string, readonly string[]>;

function toRow({ name, toolchain, versions, description, seconds }: ProjectResult): string[] {
  const packages = Object.entries(versions).filter(([each]) => each !== 'node');
  return [
    `[${toolchain}](../test/consumers/projects/${name})`,
    packages.map((each) => each.join(' ')).join(', '),
    description,
    String(Math.round(seconds)),
  ];
}

function readRows(table: string): Rows {
  const rows = table.split('\n').flatMap((line) => {
    const [, name] = /projects\/([\w-]+)\)/.exec(line) ?? [];
    const cells = line.split('|').slice(1, -1);
    return name === undefined ? [] : [[name, cells.map((cell) => cell.trim())] as const];
  });
  return new Map(rows);
}

const withoutSeconds = (rows: Rows, name: string): string | undefined =>
  rows.get(name)?.slice(0, -1).join(' | ');

const text = readFileSync(file, 'utf8');
const [before, after] = [text.indexOf(start), text.indexOf(end)];
if (before < 0 || after < before) {
  console.error(`${page} must contain ${start} and ${end}.`);
  process.exit(1);
}
const shownTable = text.slice(before, after);
const shown = readRows(shownTable);
const measured: Rows = new Map(results.map((result) => [result.name, toRow(result)]));
const names = readProjects()
  .sort((one, other) => one.toolchain.localeCompare(other.toolchain, 'en'))
  .map(({ name }) => name);
const problems: string[] = [];

if (values.check) {
  for (const name of new Set([...names, ...shown.keys()])) {
    if (!measured.has(name)) problems.push(`The report has no passed test of the project ${name}.`);
    else if (withoutSeconds(shown, name) !== withoutSeconds(measured, name)) {
      problems.push(`The row of ${name} in ${page} is out of date.`);
    }
  }
  if (problems.length > 0) {
    problems.push(
      'Run npm run test:consumers with a JSON report, then npm run toolchains -- REPORT.',
    );
  }
} else {
  const node = results[0]?.versions['node'];
  const otherNode = /Measured with Node (\S+)\. /.exec(shownTable)?.[1];
  const keepsRows = names.some((name) => !measured.has(name) && shown.has(name));
  if (keepsRows && node !== otherNode) {
    console.error(
      `The table was measured with Node ${otherNode}. Use this version, or run all projects.`,
    );
    process.exit(1);
  }
  const rows = names.flatMap((name) => {
    const row = measured.get(name) ?? shown.get(name);
    if (!row) problems.push(`The report and ${page} have no row of the project ${name}.`);
    return row ? [`| ${row.join(' | ')} |`] : [];
  });
  const table = [
    `Measured with Node ${node}. The seconds include the installation.`,
    '',
    '| toolchain | versions | what its test does | seconds |',
    '| --- | --- | --- | --: |',
    ...rows,
  ];
  const content =
    text.slice(0, before) + [start, '', ...table, '', ''].join('\n') + text.slice(after);
  const config = await resolveConfig(file);
  writeFileSync(file, await format(content, { ...config, parser: 'markdown' }));
}
for (const problem of problems) console.error(problem);
console.log(`${names.length} toolchains, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
