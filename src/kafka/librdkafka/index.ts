/** @module quix-streams-auth/librdkafka */
export {
  librdkafkaConfig,
  type Attach,
  type LibrdkafkaClient,
  type LibrdkafkaConfig,
} from './librdkafka-config.ts';
