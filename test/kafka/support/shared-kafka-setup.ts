import type { TestProject } from 'vitest/node';
import { startKafka } from './kafka-cluster.ts';
import type {} from './shared-kafka.ts'; // declares what is provided

/** vitest's global set-up: starts the broker of `sharedKafka()` and stops it after the last test. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const start = performance.now();
  const { bootstrap, ca, otherCa, user, stop } = await startKafka();
  project.provide('kafka', { bootstrap, ca, otherCa, user });
  console.log(`Apache Kafka was ready after ${((performance.now() - start) / 1000).toFixed(1)} s.`);
  return stop;
}
