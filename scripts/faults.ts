import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { CATALOGUE } from '../test/faults/catalogue.ts';

/**
 * Makes docs/faults.md of the JSON reports of vitest that are given: which tests show what becomes of
 * each fault of the catalogue, and how they ended. Fails when a fault has no test, or one that did
 * not pass; with --check also when the table in docs is another one.
 */

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false } },
});
if (positionals.length === 0) {
  console.error('Give JSON reports of vitest: those of test, test:package, test:kafka and soak.');
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const table = `${root}docs/faults.md`;

/** By fault, then by file: whether all of its tests passed. */
const shown = new Map<number, Map<string, boolean>>();
for (const path of positionals) {
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  for (const { name, assertionResults } of report.testResults) {
    const file = relative(root, name);
    for (const { fullName, status } of assertionResults) {
      for (const [, number] of fullName.matchAll(/\bfault (\d+)(?=[,:])/g)) {
        const files = shown.get(Number(number)) ?? new Map<string, boolean>();
        files.set(file, (files.get(file) ?? true) && status === 'passed');
        shown.set(Number(number), files);
      }
    }
  }
}

const problems: string[] = [];
const rows = CATALOGUE.map(([number, fault, remark]) => {
  const files = [...(shown.get(number) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  const hasPassed = files.length > 0 && files.every(([, passed]) => passed);
  if (files.length === 0) problems.push(`Fault ${number} (${fault}) has no test.`);
  else if (!hasPassed) problems.push(`A test of fault ${number} (${fault}) did not pass.`);
  const links = files.map(([file]) => `[${file.slice('test/'.length)}](../${file})`);
  const cells = [number, remark === undefined ? fault : `${fault}. ${remark}`, links.join(', ')];
  return `| ${[...cells, hasPassed ? 'passed' : 'FAILED'].join(' | ')} |`;
});
const known = new Set(CATALOGUE.map(([number]) => number));
for (const number of shown.keys()) {
  if (!known.has(number)) problems.push(`There is no fault ${number} in the catalogue.`);
}

const text = await format(
  [
    '# Faults, and the tests of what becomes of them',
    '',
    'Made by `npm run faults -- <JSON reports of vitest>`, which `.ci/run` checks. A test names its fault: "fault 29: …".',
    '',
    '| row | fault | tests | result |',
    '| --: | --- | --- | --- |',
    ...rows,
  ].join('\n'),
  { parser: 'markdown' },
);
if (!values.check) writeFileSync(table, text);
else if (readFileSync(table, 'utf8') !== text) {
  problems.push('docs/faults.md is out of date: run `npm run faults` with the reports.');
}
for (const problem of problems) console.error(problem);
console.log(`${CATALOGUE.length} faults, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
