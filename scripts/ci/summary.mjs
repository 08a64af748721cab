// node summary.mjs FOLDER: adds up the results of the scripts in this folder. Prints each failure and, as
// the last line, "N passed, N failed". Exits with 1 if anything failed or no test passed.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';

const [folder = ''] = process.argv.slice(2);
const read = (name) => readFileSync(join(folder, name), 'utf8');
const filesWith = (ending) => readdirSync(folder).filter((name) => name.endsWith(ending));
const failures = [];
const sentinel = { tests: 0, outputs: 0, secrets: 0 };
let passed = 0;
let failed = 0;

for (const line of filesWith('.steps').flatMap((name) => read(name).trim().split('\n'))) {
  const [result, name] = line.split('\t');
  if (result === 'passed') passed++;
  else {
    failed++;
    failures.push(name);
  }
}

for (const report of filesWith('.json')) {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(read(report));
  passed += numPassedTests;
  failed += numFailedTests;
  for (const { name, message, assertionResults } of testResults) {
    const failedTests = assertionResults.filter(({ status }) => status === 'failed');
    for (const { fullName, failureMessages } of failedTests)
      failures.push(`${report}: ${fullName}: ${String(failureMessages[0]).slice(0, 400)}`);
    if (failedTests.length === 0 && message)
      failures.push(`${report}: ${relative(process.cwd(), name)}: ${message.slice(0, 400)}`);
    for (const { meta } of assertionResults) {
      if (!meta?.sentinel) continue;
      sentinel.tests++;
      sentinel.outputs += meta.sentinel.outputs;
      sentinel.secrets += meta.sentinel.secrets;
    }
  }
}

for (const failure of failures) console.log(`FAILED: ${failure}`);
console.log(
  `Sentinel: searched ${sentinel.outputs} outputs of ${sentinel.tests} tests for ${sentinel.secrets} secrets.`,
);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
