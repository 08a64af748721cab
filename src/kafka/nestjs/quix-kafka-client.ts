import type { ClientKafka } from '@nestjs/microservices';
import type { Kafka } from 'kafkajs';
import { QuixError, type QuixStreamingClient } from 'quix-streams-auth';
import { assertClient } from '../shared/index.ts';
import { NestSettings, type QuixKafkaOptions } from './kafka-options.ts';
import { lazyBase } from './lazy-base.ts';
import { TopicNames, useTopicNames } from './topic-names.ts';

/** Nest's postfix. It gives a server and a client with the same `groupId` different groups. */
const POSTFIX = '-client';

/**
 * A `ClientProxy` of Nest that takes brokers and credentials from `quix`. It extends Nest's
 * `ClientKafka`. Creating it sends nothing.
 *
 * `emit('f1-data', …)` and `send('orders', …)` take names of Quix topics, or their ids. The first
 * call finds the topic with `getTopic()`. If a topic does not exist, the option `autoCreateTopics` of
 * `quix` decides whether it is created or the call fails.
 *
 * Before `send()`, call `subscribeToResponseOf()` with the same name, as with Nest's own client.
 * The first `emit()` or `send()` calls `connect()`, which finds or creates the topic for replies,
 * `orders.reply`. Nest assigns each instance of a service its own partition of this topic, so the
 * topic needs at least as many partitions as the service has instances.
 *
 * The consumer group is `getConsumerGroup(options.groupId)` with the option `postfixId`, which is
 * `-client` by default. With `producerOnlyMode: true`, there is no consumer.
 *
 * If the client is a provider of a Nest application, Nest closes it when the application shuts down.
 *
 * Calls fail with the errors of `getBrokerCredentials()` and `getTopic()`, and with errors of
 * kafkajs. Use `QuixError.from()` to find a `QuixError` in them. After a failed `connect()`, the
 * next call tries again.
 *
 * Requires `@nestjs/microservices` 10, 11 or 12, and kafkajs.
 *
 * @example
 * ```ts
 * import { QuixStreamingClient } from 'quix-streams-auth';
 * import { QuixKafkaClient } from 'quix-streams-auth/nestjs';
 *
 * // In the `providers` of a module. Inject it with `@Inject('KAFKA')`.
 * const provider = {
 *   provide: 'KAFKA',
 *   inject: [QuixStreamingClient],
 *   useFactory: (quix: QuixStreamingClient) => new QuixKafkaClient(quix, { groupId: 'my-service' }),
 * };
 * ```
 */
export class QuixKafkaClient extends lazyBase('ClientKafka') {
  readonly #settings: NestSettings;
  readonly #names: TopicNames;
  /** Shared by calls of `connect()` until the settings have been loaded. */
  #loading: Promise<void> | undefined;

  /**
   * @param quix - Provides the brokers and credentials, and finds topics.
   * @param options - Options of Nest's `Transport.KAFKA`, and `groupId`.
   * @throws QuixError `QUIX_CONFIG` if `quix` is not a `QuixStreamingClient`, or if
   * `@nestjs/microservices` is not installed. `QUIX_UNSUPPORTED` if its version is not supported
   */
  constructor(quix: QuixStreamingClient, options: QuixKafkaOptions = {}) {
    assertClient(quix, 'QuixKafkaClient');
    const settings = new NestSettings(quix, options, POSTFIX);
    super(settings.nestOptions);
    this.#settings = settings;
    this.#names = new TopicNames(quix);
  }

  /** @internal */
  override async connect(): ReturnType<ClientKafka['connect']> {
    if (!this.initialized) {
      await (this.#loading ??= this.#loadSettings().finally(() => (this.#loading = undefined)));
    }
    const connected = super.connect();
    const attempt = this.initialized;
    try {
      return await connected;
    } catch (error) {
      // Nest 11 would return the failed attempt to each later call.
      if (this.initialized && this.initialized === attempt) {
        await this.close().catch(() => undefined); // reports the first error
      }
      throw QuixError.from(error) ?? error;
    }
  }

  async #loadSettings(): Promise<void> {
    const { client, fields } = await this.#settings.load(this.logger);
    Object.assign(this.options, { client });
    Object.assign(this, fields);
  }

  /** @internal */
  override createClient(): never {
    const kafka: Kafka | Promise<Kafka> = super.createClient();
    return useTopicNames(kafka, this.#names) as never;
  }

  /**
   * Returns the id of the topic for replies, because a server with Nest's own transport needs ids.
   * Returns the name until `connect()` has found the topic.
   *
   * @internal
   */
  protected override getResponsePatternName(pattern: string): string {
    return this.#names.knownId(super.getResponsePatternName(pattern));
  }

  /**
   * Nest calls this method of a provider when the application shuts down.
   *
   * @internal
   */
  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}
