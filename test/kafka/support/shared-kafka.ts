import { inject } from 'vitest';
import type { KafkaAccess } from './kafka-access.ts';
import { kafkaAdmin, type KafkaAdmin } from './kafka-admin.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    kafka: KafkaAccess;
  }
}

/**
 * The one broker that all test files share. Nothing that another file would notice: who restarts
 * brokers, changes passwords or wants ACLs starts a Kafka of their own.
 */
export type SharedKafka = KafkaAccess & Pick<KafkaAdmin, 'createTopic'>;

/** Costs nothing: `shared-kafka-setup.ts` has started it. */
export function sharedKafka(): SharedKafka {
  const access = inject('kafka');
  return { ...access, createTopic: kafkaAdmin(access).createTopic };
}
