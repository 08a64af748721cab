// Mutation tests: `npm run mutation`, of one room with ROOM=token, portal or broker. Each room is
// asked of the tests that mirror it alone, so that a mutant costs seconds.
import process from 'node:process';

const room = process.env.ROOM ?? '{token,portal,broker}';

export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts' },
  mutate: [`src/${room}/**/*.ts`],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 5_000,
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: 90 },
};
