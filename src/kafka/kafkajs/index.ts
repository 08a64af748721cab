/** @module quix-streams-auth/kafkajs */
export { kafkaJSConfig } from './kafkajs-config.ts';
