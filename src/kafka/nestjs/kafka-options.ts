import type { KafkaOptions } from '@nestjs/microservices';
import type { ConsumerConfig, KafkaConfig } from 'kafkajs';
import type { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { loadNest } from './lazy-base.ts';
import type { TopicClient } from './topic-names.ts';

type NestOptions = Required<KafkaOptions>['options'];

/** The part of a `QuixStreamingClient` that a server or a client needs. */
export type NestCredentialClient = TopicClient &
  Pick<
    QuixStreamingClient,
    'getBrokerCredentials' | 'invalidate' | 'describe' | 'getConsumerGroup'
  >;

/**
 * Options of a {@link QuixKafkaServer} or {@link QuixKafkaClient}. These are the options of Nest's
 * `Transport.KAFKA`, with the option `groupId`. All of them are optional.
 */
export interface QuixKafkaOptions extends Omit<NestOptions, 'client' | 'consumer'> {
  /**
   * Name of the consumer group. `getConsumerGroup()` adds the prefix of the environment. Default:
   * `consumer.groupId`, else the default of `getConsumerGroup()`.
   */
  groupId?: string | undefined;
  /** Options for kafkajs. They replace the options that `kafkaJSConfig()` sets. */
  client?: Partial<KafkaConfig> | undefined;
  /** Options for the consumer of kafkajs. */
  consumer?: Partial<ConsumerConfig> | undefined;
}

/** Settings of a server or client of Nest that are known after the first exchange. */
export interface NestSettings {
  readonly config: KafkaConfig;
  readonly groupId: string;
}

/**
 * Returns the options for the constructor of Nest.
 *
 * @param postfixId - The default of the option `postfixId`.
 */
export function nestOptions(options: QuixKafkaOptions, postfixId: string): NestOptions {
  // Nest requires settings such as `groupId` and `brokers`, which are known later.
  return { ...options, postfixId: options.postfixId ?? postfixId } as NestOptions;
}

/**
 * Loads the credentials and returns the settings that depend on them.
 *
 * @param logger - Logger of Nest.
 */
export async function loadSettings(
  quix: NestCredentialClient,
  options: QuixKafkaOptions,
  postfixId: string,
  logger: unknown,
): Promise<NestSettings> {
  // The config then knows whether the brokers use SASL, and which client id they require.
  await quix.getBrokerCredentials();
  const { KafkaLogger } = loadNest('QuixKafkaServer');
  const logCreator = KafkaLogger.bind(null, logger) as NonNullable<KafkaConfig['logCreator']>;
  const config = kafkaJSConfig(quix, { logCreator, ...options.client });
  const group = await quix.getConsumerGroup(options.groupId ?? options.consumer?.groupId);
  return { config, groupId: group + (options.postfixId ?? postfixId) };
}
