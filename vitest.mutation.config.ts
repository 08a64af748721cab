import { defineConfig } from 'vitest/config';
import { alias } from './vitest.config.ts';

const room = process.env['ROOM'] ?? '{token,portal,credentials}';

/** The tests that Stryker asks about a mutant of src/token, src/portal or src/credentials: see stryker.config.js. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: [`test/${room}/**/*.test.ts`],
    exclude: ['test/portal/retry.fleet.test.ts'],
    setupFiles: ['./test/support/mutation-setup.ts'],
    // Stryker runs the tests in a thread, and a thread cannot give up being root. The others
    // measure a wait that the setup file cuts short.
    testNamePattern:
      /^(?!.*(?:a file that may not be read|is waited for (?:as long as it asks|when it was lost twice)))/,
    // Over this, the mutant made the test wait for ever; the longest takes a second and a half.
    testTimeout: 8_000,
    restoreMocks: true,
    unstubEnvs: true,
    // Enough to kill what 10 000 kill: bench of one mutant, not proof of the cache.
    env: { MODEL_RUNS: '300', MODEL_SEED: '1' },
  },
});
