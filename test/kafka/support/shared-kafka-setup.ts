import type { TestProject } from 'vitest/node';
import { clientVersions } from './client-versions.ts';
import { startKafka } from './kafka-cluster.ts';
import type {} from './shared-kafka.ts'; // declares the type of the provided value

/**
 * Threads of Node's pool in the test processes. Calls of librdkafka can block threads for seconds.
 * The other clients in the same process would then wait with DNS lookups and key derivations. This
 * is about four for each client of the load tests, which is Node's default for a service.
 */
const POOL_THREADS = 24;

/** vitest's global setup. Starts the broker of `sharedKafka()` and stops it after the last test. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  process.env['UV_THREADPOOL_SIZE'] = String(POOL_THREADS); // the test processes inherit it
  const start = performance.now();
  const { bootstrap, ca, otherCa, user, stop } = await startKafka();
  project.provide('kafka', { bootstrap, ca, otherCa, user });
  const versions = Object.entries(clientVersions()).map((client) => client.join(' '));
  console.log(`Node ${process.versions.node} with ${versions.join(', ')}.`);
  console.log(`Apache Kafka was ready after ${((performance.now() - start) / 1000).toFixed(1)} s.`);
  return stop;
}
