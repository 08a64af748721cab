// Mutation tests: `npm run mutation`, of one room with ROOM=token, portal or credentials, of one file with
// ROOM=portal FILE=retry. Each room is asked of the tests that mirror it alone, so that a mutant
// costs seconds. docs/mutation.md tells what survives, and why.
import process from 'node:process';

const room = process.env.ROOM ?? '{token,portal,credentials}';
const file = process.env.FILE ?? '*';
const report = [process.env.ROOM ?? 'all', process.env.FILE].filter(Boolean).join('-');

export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts' },
  mutate: [`src/${room}/${file}.ts`],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // For loops that never end; what waits for ever fails its test before.
  timeoutMS: 15_000,
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: `reports/mutation/${report}.json` },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  tempDirName: `.stryker-tmp/${report}`,
  thresholds: { high: 95, low: 90, break: 90 },
};
