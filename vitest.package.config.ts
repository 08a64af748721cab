import { defineConfig } from 'vitest/config';

/** The packed tarball in an empty folder: needs a registry to install its dependencies from. */
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    globalSetup: ['test/package/install-tarball.ts'],
    setupFiles: ['test/support/sentinel-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});
