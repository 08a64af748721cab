// Fetches the Apache Kafka of `npm run test:kafka` ahead of time, so that no test waits for it.
import { findKafkaLibs } from '../test/kafka/support/kafka-distribution.ts';

try {
  console.log(`Apache Kafka is in ${findKafkaLibs()}.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
