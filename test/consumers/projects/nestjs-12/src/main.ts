import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Controller, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type AsyncMicroserviceOptions,
  Ctx,
  EventPattern,
  type KafkaContext,
  Payload,
  ServerKafka,
} from '@nestjs/microservices';
import { QuixStreamingClient } from 'quix-streams-auth';
import { QuixKafkaClient, QuixKafkaServer, QuixModule } from 'quix-streams-auth/nestjs';
import { lastValueFrom } from 'rxjs';

const KAFKA = Symbol('kafka');
let receive: (value: unknown) => void = () => undefined;
const received = new Promise<unknown>((resolve) => (receive = resolve));

@Controller()
class MessagesController {
  constructor(@Inject(KAFKA) private readonly kafka: QuixKafkaClient) {}

  @EventPattern(/^nestjs-12$/)
  handle(@Payload() value: unknown, @Ctx() context: KafkaContext): void {
    receive({ topic: context.getTopic(), value });
  }

  async send(): Promise<void> {
    await lastValueFrom(this.kafka.emit('nestjs-12', { key: 'car-1', value: { speed: 312 } }));
  }
}

@Module({
  imports: [QuixModule.forRoot()],
  controllers: [MessagesController],
  providers: [
    {
      provide: KAFKA,
      inject: [QuixStreamingClient],
      useFactory: (quix: QuixStreamingClient) =>
        new QuixKafkaClient(quix, { producerOnlyMode: true }),
    },
  ],
})
class AppModule {}

const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(AppModule, {
  inject: [QuixStreamingClient],
  useFactory: (quix: QuixStreamingClient) => {
    const strategy = new QuixKafkaServer(quix, { subscribe: { fromBeginning: true } });
    // The package uses the same copy of Nest as this program.
    assert.ok(strategy instanceof ServerKafka);
    return { strategy };
  },
});
await app.listen();
const quix = app.get(QuixStreamingClient);
await app.get(MessagesController).send();
assert.deepEqual(await received, { topic: 'nestjs-12', value: { speed: 312 } });
await app.close();
assert.equal(quix.describe().state, 'closed');
