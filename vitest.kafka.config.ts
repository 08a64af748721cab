import { defineConfig } from 'vitest/config';
import { findPlatformatic } from './test/kafka/support/platformatic-version.ts';
import { alias } from './vitest.config.ts';

/** The tests that need a real Apache Kafka: Java 17, and Maven or KAFKA_HOME. */
export default defineConfig({
  resolve: {
    alias: [...alias, { find: /^@platformatic\/kafka$/, replacement: findPlatformatic().entry }],
  },
  test: {
    include: ['test/**/*.broker.test.ts'],
    globalSetup: 'test/kafka/support/shared-kafka-setup.ts',
    fileParallelism: false,
    setupFiles: ['test/support/sentinel-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
