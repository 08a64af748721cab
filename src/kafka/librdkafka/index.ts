/** @module quix-streams-auth/librdkafka */
export {
  librdkafkaConfig,
  type LibrdkafkaClient,
  type LibrdkafkaConfig,
  type LibrdkafkaSetup,
} from './librdkafka-config.ts';
