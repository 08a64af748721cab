import { defineConfig } from 'vitest/config';
import { alias } from './vitest.config.ts';

const minutes = Number(process.env['SOAK_MINUTES'] ?? 1);

/** A long life, compressed: SOAK_MINUTES (default 1) and SOAK_SEED (default: random, printed). */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/soak/**/*.test.ts'],
    execArgv: ['--expose-gc'],
    setupFiles: ['test/support/sentinel-setup.ts'],
    testTimeout: minutes * 60_000 + 120_000,
  },
});
