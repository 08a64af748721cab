// Mutation tests. `MODULE=token npm run mutation` changes one module (token, portal or credentials),
// and `MODULE=portal FILE=retry npm run mutation` one file. A mutant is tested only by the tests in
// test/<module>, and only by those that run the changed code.
import process from 'node:process';

const { MODULE, FILE } = process.env;
const report = [MODULE ?? 'all', FILE].filter(Boolean).join('-');

export default {
  testRunner: 'vitest',
  // vitest.mutation.config.ts selects the tests, so that related tests need not be searched.
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  mutate: [`src/${MODULE ?? '{token,portal,credentials}'}/${FILE ?? '*'}.ts`],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  incremental: false,
  concurrency: 2,
  // Detects endless loops. A test that waits forever fails earlier, by its own time limit.
  timeoutMS: 15_000,
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: `reports/mutation/${report}.json` },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  tempDirName: `.stryker-tmp/${report}`,
  thresholds: { high: 98, low: 94, break: 94 },
};
