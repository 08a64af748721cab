import 'reflect-metadata';
import assert from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import { ClientKafka, type KafkaOptions, Transport } from '@nestjs/microservices';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { lastValueFrom } from 'rxjs';
import { messagesModule } from './messages.module';

async function bootstrap(): Promise<void> {
  const quix = new QuixStreamingClient();
  const topic = (await quix.getTopic('nestjs')).id;
  const groupId = await quix.getConsumerGroup('nestjs');

  let receive: (value: unknown) => void = () => undefined;
  const received = new Promise<unknown>((resolve) => (receive = resolve));

  const options: KafkaOptions = {
    transport: Transport.KAFKA,
    options: {
      client: kafkaJSConfig(quix),
      consumer: { groupId },
      subscribe: { fromBeginning: true },
    },
  };
  const app = await NestFactory.createMicroservice(messagesModule(topic, receive), options);
  await app.listen();

  const client = new ClientKafka({ client: kafkaJSConfig(quix), producerOnlyMode: true });
  await lastValueFrom(client.emit(topic, { key: 'car-1', value: { speed: 312 } }));
  assert.deepEqual(await received, { speed: 312 });

  const rejectedClient = new QuixStreamingClient({ tokenEnvVar: 'WRONG_TOKEN' });
  await assert.rejects(rejectedClient.getBrokerCredentials(), QuixError);

  await client.close();
  await app.close();
  await quix.close();
}

void bootstrap();
