import 'reflect-metadata';
import * as assert from 'node:assert/strict';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Ctx,
  EventPattern,
  KafkaContext,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
} from '@nestjs/microservices';
import { QuixStreamingClient } from 'quix-streams-auth';
import { QuixKafkaClient, QuixKafkaServer, QuixModule } from 'quix-streams-auth/nestjs';
import { firstValueFrom, lastValueFrom } from 'rxjs';

let receive: (event: unknown) => void;
const received = new Promise<unknown>((resolve) => (receive = resolve));

@Controller()
class MessagesController {
  @EventPattern('nestjs-10')
  handle(@Payload() value: unknown, @Ctx() context: KafkaContext): void {
    receive({ topic: context.getTopic(), value });
  }

  @MessagePattern('orders')
  answer(@Payload() order: { count: number }): { price: number } {
    return { price: order.count * 10 };
  }
}

@Module({ imports: [QuixModule.forRoot()], controllers: [MessagesController] })
class AppModule {}

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  const quix = app.get(QuixStreamingClient);
  const strategy = new QuixKafkaServer(quix, { subscribe: { fromBeginning: true } });
  app.connectMicroservice<MicroserviceOptions>({ strategy });
  await app.startAllMicroservices();

  const client = new QuixKafkaClient(quix, { groupId: 'nestjs-10' });
  client.subscribeToResponseOf('orders');
  await client.connect();
  await lastValueFrom(client.emit('nestjs-10', { key: 'car-1', value: { speed: 312 } }));
  assert.deepEqual(await received, { topic: 'nestjs-10', value: { speed: 312 } });
  assert.deepEqual(await firstValueFrom(client.send('orders', { count: 2 })), { price: 20 });
  await client.close();
  await app.close();
  assert.equal(quix.describe().state, 'closed');
}

void bootstrap();
