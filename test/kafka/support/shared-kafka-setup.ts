import { createRequire } from 'node:module';
import type { TestProject } from 'vitest/node';
import { CONFLUENT_VERSION } from './confluent-build.ts';
import { startKafka } from './kafka-cluster.ts';
import { findPlatformatic } from './platformatic-version.ts';
import type {} from './shared-kafka.ts'; // declares the type of the provided value

function kafkaJSVersion(): string {
  const { version } = createRequire(import.meta.url)('kafkajs/package.json') as { version: string };
  return version;
}

/** vitest's global setup. Starts the broker of `sharedKafka()` and stops it after the last test. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const start = performance.now();
  const { bootstrap, ca, otherCa, user, stop } = await startKafka();
  project.provide('kafka', { bootstrap, ca, otherCa, user });
  console.log(
    `Node ${process.versions.node} with kafkajs ${kafkaJSVersion()}, @platformatic/kafka ${findPlatformatic().version} and @confluentinc/kafka-javascript ${CONFLUENT_VERSION}.`,
  );
  console.log(`Apache Kafka was ready after ${((performance.now() - start) / 1000).toFixed(1)} s.`);
  return stop;
}
