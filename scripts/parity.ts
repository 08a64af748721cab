// Part of `npm run check`, without Python: fails if docs/parity.md differs from the results in
// docs/parity.json, or names a test that does not exist.
import { existsSync, readFileSync } from 'node:fs';
import { PAGE, readResults, renderPage } from '../test/parity/page.ts';

const page = readFileSync(PAGE, 'utf8');
if (page !== (await renderPage(readResults()))) {
  throw new Error('docs/parity.md differs from docs/parity.json. Run npm run test:parity -- -u.');
}

const tests = [...page.matchAll(/(test\/[\w/.-]+\.test\.ts) › ([^|\n]+?) *[|\n]/g)];
if (tests.length === 0) throw new Error('docs/parity.md does not name any test.');
for (const [, file = '', title = ''] of tests) {
  if (!existsSync(file) || !readFileSync(file, 'utf8').includes(`'${title}'`)) {
    throw new Error(`docs/parity.md names the test "${title}" in ${file}, which does not exist.`);
  }
}
