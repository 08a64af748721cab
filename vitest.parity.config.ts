import { defineConfig } from 'vitest/config';
import { alias } from './vitest.config.ts';

/** The official Python client beside ours: needs Python 3 and PyPI, once. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/parity/**/*.test.ts'],
    setupFiles: ['test/support/sentinel-setup.ts'],
    hookTimeout: 600_000,
  },
});
