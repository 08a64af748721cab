import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Tests import the package by its public names; here they resolve to the source. */
export const alias = [
  { find: /^quix-streams-auth$/, replacement: source('./src/index.ts') },
  { find: /^quix-streams-auth\/confluent$/, replacement: source('./src/kafka/confluent/index.ts') },
  { find: /^quix-streams-auth\/kafkajs$/, replacement: source('./src/kafka/kafkajs/index.ts') },
  {
    find: /^quix-streams-auth\/platformatic$/,
    replacement: source('./src/kafka/platformatic/index.ts'),
  },
  { find: /^quix-streams-auth\/testing$/, replacement: source('./src/testing/index.ts') },
  { find: /^quix-streams-auth\/testing\/msw$/, replacement: source('./src/testing/msw.ts') },
];

export default defineConfig({
  resolve: { alias },
  test: {
    // Those of examples/ show how a service is tested.
    include: ['test/**/*.test.ts', 'examples/testing/*.test.ts'],
    // These have scripts of their own: they need a real Kafka, a registry, or minutes.
    exclude: ['test/**/*.broker.test.ts', 'test/package/**', 'test/parity/**', 'test/soak/**'],
    testTimeout: 15_000,
    // Most of a test's time is waiting for sockets and timers.
    maxWorkers: Math.max(2, availableParallelism()),
    restoreMocks: true,
    unstubEnvs: true,
  },
});
