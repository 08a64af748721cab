import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { findPlatformatic } from './test/kafka/support/platformatic-version.ts';
import tsconfig from './tsconfig.json' with { type: 'json' };

/** Resolves the package's public names to the source files that `paths` in tsconfig.json lists. */
export const alias = Object.entries(tsconfig.compilerOptions.paths).map(([name, [path]]) => ({
  find: new RegExp(`^${name}$`),
  replacement: fileURLToPath(new URL(path ?? '', import.meta.url)),
}));

/** Tags that a test can have. A tag that is missing here is an error. */
export const tags = [
  {
    name: 'not-in-mutation-run',
    description: 'Needs real waiting times or a process of its own, which Stryker does not offer.',
  },
];

const usesSentinel = process.env['SENTINEL'] === '1';
const soakMinutes = Number(process.env['SOAK_MINUTES'] ?? 1);

export default defineConfig({
  resolve: { alias },
  test: {
    tags,
    setupFiles: usesSentinel ? ['test/support/sentinel-setup.ts'] : [],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'examples/testing/*.test.ts'],
          exclude: [
            'test/**/*.{broker,prometheus}.test.ts',
            'test/{consumers,package,parity,site,soak}/**',
            ...(usesSentinel ? [] : ['test/support/sentinel-setup.test.ts']),
          ],
          testTimeout: 15_000,
          // The files in a worker share its modules, because loading them again takes longer than most tests.
          // The sentinel replaces functions in each file, so it needs new modules.
          isolate: usesSentinel,
          // Most tests wait for sockets and timers, so four workers are useful on two cores.
          maxWorkers: Math.max(4, availableParallelism()),
          restoreMocks: true,
          unstubEnvs: true,
        },
      },
      {
        // Needs Java 17, and Maven or KAFKA_HOME.
        extends: true,
        plugins: [
          {
            name: 'platformatic-of-this-node-version',
            enforce: 'pre',
            // Resolved on import because the lookup may install the package.
            resolveId: (id: string) =>
              id === '@platformatic/kafka' ? findPlatformatic().entry : undefined,
          },
        ],
        test: {
          name: 'kafka',
          include: ['test/**/*.broker.test.ts'],
          globalSetup: 'test/kafka/support/shared-kafka-setup.ts',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        // Needs prometheus and promtool of the Debian package prometheus.
        extends: true,
        test: {
          name: 'prometheus',
          include: ['test/**/*.prometheus.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Needs a registry, from which the packed tarball's dependencies are installed.
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          globalSetup: 'test/package/install-tarball.ts',
          testTimeout: 60_000,
          hookTimeout: 300_000,
        },
      },
      {
        // Needs a registry, from which each project installs its packages, and Java 17.
        extends: true,
        test: {
          name: 'consumers',
          include: ['test/consumers/*.test.ts'],
          globalSetup: 'test/consumers/pack-tarball-setup.ts',
          // Projects that run at the same time. More are not faster on two cores.
          maxConcurrency: 2,
          testTimeout: 360_000,
          hookTimeout: 300_000,
        },
      },
      {
        // Needs Python 3, and PyPI on the first run.
        extends: true,
        test: {
          name: 'parity',
          include: ['test/parity/**/*.test.ts'],
          hookTimeout: 600_000,
        },
      },
      {
        // Needs Chromium.
        extends: true,
        test: {
          name: 'site',
          include: ['test/site/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'soak',
          include: ['test/soak/**/*.test.ts'],
          execArgv: ['--expose-gc'],
          testTimeout: soakMinutes * 60_000 + 120_000,
        },
      },
    ],
  },
});
