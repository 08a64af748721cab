import process from 'node:process';
import { defineConfig } from 'vitest/config';
import { alias, tags } from './vitest.config.ts';

const testedModule = process.env['MODULE'] ?? '{token,portal,credentials}';

/**
 * The tests that Stryker runs for each mutant. Stryker's runner cannot select a project, so these
 * settings are not a project of vitest.config.ts.
 */
export default defineConfig({
  resolve: { alias },
  test: {
    tags,
    include: [`test/${testedModule}/**/*.test.ts`],
    exclude: ['test/portal/retry.fleet.test.ts'],
    setupFiles: ['./test/support/mutation-setup.ts'],
    // The slowest test takes 1.5 s. A test that takes longer than this waits forever.
    testTimeout: 8_000,
    restoreMocks: true,
    unstubEnvs: true,
    // 300 model runs detect as many mutants as the 10 000 runs of the unit tests.
    env: { MODEL_RUNS: '300', MODEL_SEED: '1' },
  },
});
