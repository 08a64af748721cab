import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { CATALOGUE } from '../test/faults/catalogue.ts';

/**
 * Writes docs/evidence/faults.md, which lists the tests of each fault in the catalogue. The arguments
 * are JSON reports of vitest. Fails when a fault has no test or a failed test. With --check it does not
 * write the page, and also fails when the page is out of date.
 */

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly meta?: { readonly faults?: readonly number[] };
    }[];
  }[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false } },
});
if (positionals.length === 0) {
  console.error('Pass the JSON reports of npm test, test:package, test:kafka and soak.');
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const page = 'docs/evidence/faults.md';

/** For each fault and test file: whether all tests passed. */
const results = new Map<number, Map<string, boolean>>();
for (const path of positionals) {
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  for (const { name, assertionResults } of report.testResults) {
    // A report may come from another clone, so the path is cut at the folder with the tests.
    const file = name.slice(name.lastIndexOf('/test/') + 1);
    for (const { status, meta } of assertionResults) {
      for (const fault of meta?.faults ?? []) {
        const files = results.get(fault) ?? new Map<string, boolean>();
        files.set(file, (files.get(file) ?? true) && status === 'passed');
        results.set(fault, files);
      }
    }
  }
}

const problems: string[] = [];
const rows = CATALOGUE.map(([number, fault, remark]) => {
  const files = [...(results.get(number) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  if (files.length === 0) problems.push(`Fault ${number} (${fault}) has no test.`);
  if (files.some(([, hasPassed]) => !hasPassed))
    problems.push(`A test of fault ${number} (${fault}) did not pass.`);
  const links = files.map(([file]) => `[${file.slice('test/'.length)}](../../${file})`);
  return `| ${[number, remark ? `${fault}. ${remark}` : fault, links.join(', ')].join(' | ')} |`;
});
const known = new Set(CATALOGUE.map(([number]) => number));
for (const number of results.keys()) {
  if (!known.has(number)) problems.push(`The catalogue has no fault ${number}.`);
}

const text = await format(
  [
    '# Faults and their tests',
    '',
    `These ${CATALOGUE.length} faults occur in practice. Each has at least one test, and all of these tests pass.`,
    '`npm run faults -- <JSON reports of vitest>` writes this page, and `.ci/run` checks it.',
    '',
    '| number | fault | tests |',
    '| --: | --- | --- |',
    ...rows,
  ].join('\n'),
  { parser: 'markdown' },
);
if (!values.check) writeFileSync(root + page, text);
else if (readFileSync(root + page, 'utf8') !== text) {
  problems.push(`${page} is out of date. Run \`npm run faults\` with the reports.`);
}
for (const problem of problems) console.error(problem);
console.log(`${CATALOGUE.length} faults, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
