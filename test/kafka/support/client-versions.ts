import { createRequire } from 'node:module';
import { CONFLUENT_VERSION } from './confluent-build.ts';
import { findPlatformatic } from './platformatic-version.ts';

/** Returns the version of each Kafka client that the tests use with this version of Node. */
export function clientVersions() {
  const kafkajs = createRequire(import.meta.url)('kafkajs/package.json') as { version: string };
  return {
    kafkajs: kafkajs.version,
    '@platformatic/kafka': findPlatformatic().version,
    '@confluentinc/kafka-javascript': CONFLUENT_VERSION,
  };
}
