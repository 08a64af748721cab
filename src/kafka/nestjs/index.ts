/** @module quix-streams-auth/nestjs */
export { QuixHealthIndicator, type QuixHealthResult } from './quix-health-indicator.ts';
export { QuixKafkaClient } from './quix-kafka-client.ts';
export { QuixKafkaServer } from './quix-kafka-server.ts';
export { QuixModule, type QuixModuleAsyncOptions, type QuixModuleOptions } from './quix-module.ts';
export type { QuixKafkaOptions } from './kafka-options.ts';
