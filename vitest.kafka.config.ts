import { defineConfig } from 'vitest/config';
import { alias } from './vitest.config.ts';

/** The tests that need a real Apache Kafka: Java 17, and Maven or KAFKA_HOME. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/**/*.broker.test.ts'],
    globalSetup: 'test/kafka/support/shared-kafka-setup.ts',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});
