import type { KafkaOptions } from '@nestjs/microservices';
import type { ConsumerConfig, KafkaConfig } from 'kafkajs';
import type { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { loadNest } from './lazy-base.ts';

type NestOptions = Required<KafkaOptions>['options'];

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

/** Fields of Nest's server and client that are known after the first exchange. */
interface NestFields {
  readonly brokers: KafkaConfig['brokers'];
  readonly groupId: string;
  readonly clientId?: string;
}

/** The options of a server or a client, with the default of `postfixId`. */
export class NestSettings {
  readonly #quix: QuixStreamingClient;
  readonly #options: QuixKafkaOptions;
  readonly #postfixId: string;

  constructor(quix: QuixStreamingClient, options: QuixKafkaOptions, defaultPostfixId: string) {
    this.#quix = quix;
    this.#options = options;
    this.#postfixId = options.postfixId ?? defaultPostfixId;
  }

  /** Options for the constructor of Nest. */
  get nestOptions(): NestOptions {
    // Nest's type requires settings such as `groupId` and `brokers`, which load() returns later.
    return { ...this.#options, postfixId: this.#postfixId } as NestOptions;
  }

  /**
   * Loads the credentials, and returns the option `client` and the fields that depend on them.
   *
   * @param logger - Logger of Nest.
   */
  async load(logger: unknown): Promise<{ client: KafkaConfig; fields: NestFields }> {
    // kafkaJSConfig() uses the security protocol and the client id, which an exchange determines.
    await this.#quix.getBrokerCredentials();
    const { groupId, client: kafkaOptions, consumer } = this.#options;
    const { KafkaLogger } = loadNest();
    const logCreator = KafkaLogger.bind(null, logger) as NonNullable<KafkaConfig['logCreator']>;
    const client = kafkaJSConfig(this.#quix, { logCreator, ...kafkaOptions });
    const { brokers, clientId } = client;
    const group = await this.#quix.getConsumerGroup(groupId ?? consumer?.groupId);
    // The brokers may require this client id, so it replaces Nest's client id with a postfix.
    const isRequired = !kafkaOptions?.clientId && clientId !== undefined;
    const fields = { brokers, groupId: group + this.#postfixId, ...(isRequired && { clientId }) };
    return { client, fields };
  }
}
