import type { ServerKafka } from '@nestjs/microservices';
import type { Kafka } from 'kafkajs';
import { QuixError, type QuixStreamingClient } from 'quix-streams-auth';
import { assertClient } from '../shared/index.ts';
import { NestSettings, type QuixKafkaOptions } from './kafka-options.ts';
import { lazyBase } from './lazy-base.ts';
import { TopicNames, useTopicNames } from './topic-names.ts';

/**
 * A microservice transport of Nest that takes brokers and credentials from `quix`. It extends Nest's
 * `ServerKafka`. Creating it sends nothing.
 *
 * Patterns are names of Quix topics: `@EventPattern('f1-data')` subscribes to the topic `f1-data` of
 * the environment. Ids of topics work too. When the microservice starts, it finds each topic with
 * `getTopic()`. If a topic does not exist, the option `autoCreateTopics` of `quix` decides whether it
 * is created or the start fails. With Nest 12, a regular expression subscribes to the topics with a
 * matching name that exist at the start.
 *
 * `KafkaContext.getTopic()` returns the name or id that is in the pattern. For a regular expression,
 * it returns the name of the topic. The consumer and the producer of the context accept names and
 * ids. Replies are sent to the topic that the request names. The server never creates this topic.
 *
 * The consumer group is `getConsumerGroup(options.groupId)`. Unlike Nest's own transport, the
 * default of the option `postfixId` is empty.
 *
 * If the microservice cannot start, `listen()` and `startAllMicroservices()` reject with the error
 * of `getBrokerCredentials()` or `getTopic()`.
 *
 * If an application has several servers, Nest registers each handler with all of them. To choose
 * one, call `setTransportId(symbol)` of the server, and pass the same symbol to the decorator:
 * `@EventPattern('f1-data', symbol)`.
 *
 * Requires `@nestjs/microservices` 10, 11 or 12, and kafkajs.
 *
 * @example
 * ```ts
 * import { NestFactory } from '@nestjs/core';
 * import { QuixStreamingClient } from 'quix-streams-auth';
 * import { QuixKafkaServer, QuixModule } from 'quix-streams-auth/nestjs';
 *
 * class AppModule {}
 * const root = { module: AppModule, imports: [QuixModule.forRoot()] };
 * const app = await NestFactory.create(root);
 * const strategy = new QuixKafkaServer(app.get(QuixStreamingClient), { groupId: 'my-service' });
 * app.connectMicroservice({ strategy });
 * await app.startAllMicroservices(); // exchanges the token
 * ```
 */
export class QuixKafkaServer extends lazyBase('ServerKafka') {
  readonly #settings: NestSettings;
  readonly #names: TopicNames;

  /**
   * @param quix - Provides the brokers and credentials, and finds topics.
   * @param options - Options of Nest's `Transport.KAFKA`, and `groupId`.
   * @throws QuixError `QUIX_CONFIG` if `quix` is not a `QuixStreamingClient`, or if
   * `@nestjs/microservices` is not installed. `QUIX_UNSUPPORTED` if its version is not supported
   */
  constructor(quix: QuixStreamingClient, options: QuixKafkaOptions = {}) {
    assertClient(quix, 'QuixKafkaServer');
    const settings = new NestSettings(quix, options, '');
    super(settings.nestOptions);
    this.#settings = settings;
    this.#names = new TopicNames(quix);
  }

  /** @internal */
  override async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      const { client, fields } = await this.#settings.load(this.logger);
      Object.assign(this.options, { client });
      Object.assign(this, fields);
    } catch (error) {
      callback(error);
      return;
    }
    let failure: unknown;
    await super.listen((error) => {
      failure = error;
      if (error === undefined) callback();
    });
    if (failure === undefined) return;
    // Open connections would keep the process running.
    await this.close().catch(() => undefined);
    callback(QuixError.from(failure) ?? failure);
  }

  /** @internal */
  override createClient(): never {
    const kafka: Kafka | Promise<Kafka> = super.createClient();
    return useTopicNames(kafka, this.#names) as never;
  }

  /** @internal */
  override async sendMessage(
    ...[message, replyTopic, ...others]: Parameters<ServerKafka['sendMessage']>
  ): ReturnType<ServerKafka['sendMessage']> {
    try {
      // A request may name any topic, so a missing topic is not created.
      const id = await this.#names.findId(replyTopic, { create: false });
      return await super.sendMessage(message, id, ...others);
    } catch (error) {
      // With Nest 11, a rejection would end the process.
      this.logger.error(QuixError.from(error) ?? error);
      return [];
    }
  }
}
