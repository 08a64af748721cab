import { inject } from 'vitest';
import type { KafkaAccess } from './kafka-access.ts';
import { kafkaAdmin, type KafkaAdmin } from './kafka-admin.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    kafka: KafkaAccess;
  }
}

/**
 * Returns the broker that all test files share. A test file that restarts brokers, changes
 * passwords or uses ACLs must start its own Kafka.
 */
export type SharedKafka = KafkaAccess & Pick<KafkaAdmin, 'createTopic'>;

/** Returns at once, because `shared-kafka-setup.ts` has started the broker. */
export function sharedKafka(): SharedKafka {
  const access = inject('kafka');
  return { ...access, createTopic: kafkaAdmin(access).createTopic };
}
