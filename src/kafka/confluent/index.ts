/** @module quix-streams-auth/confluent */
export { confluentKafka } from './confluent-kafka.ts';
