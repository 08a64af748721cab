import 'reflect-metadata';
import assert from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import { ClientKafka, type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { QuixKafkaClient, QuixKafkaServer } from 'quix-streams-auth/nestjs';
import { lastValueFrom } from 'rxjs';
import { messagesModule } from './messages.module';

const quix = new QuixStreamingClient();

/** Starts a microservice, sends an event to it, and checks that it arrives. */
async function sendAndReceive(
  topic: string,
  options: MicroserviceOptions,
  client: ClientKafka,
): Promise<void> {
  let receive: (value: unknown) => void = () => undefined;
  const received = new Promise<unknown>((resolve) => (receive = resolve));
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(
    messagesModule(topic, receive),
    options,
  );
  await app.listen();
  await lastValueFrom(client.emit(topic, { key: 'car-1', value: { speed: 312 } }));
  assert.deepEqual(await received, { speed: 312 });
  await client.close();
  await app.close();
}

async function bootstrap(): Promise<void> {
  const subscribe = { fromBeginning: true };
  await sendAndReceive(
    'nestjs',
    { strategy: new QuixKafkaServer(quix, { groupId: 'by-name', subscribe }) },
    new QuixKafkaClient(quix, { producerOnlyMode: true }),
  );

  // Nest's own transport needs ids, so the module is created after the ids are known.
  const { id } = await quix.getTopic('nestjs');
  const groupId = await quix.getConsumerGroup('by-id');
  await sendAndReceive(
    id,
    {
      transport: Transport.KAFKA,
      options: { client: kafkaJSConfig(quix), consumer: { groupId }, subscribe },
    },
    new ClientKafka({ client: kafkaJSConfig(quix), producerOnlyMode: true }),
  );

  const rejectedClient = new QuixStreamingClient({ tokenEnvVar: 'WRONG_TOKEN' });
  const rejected = new QuixKafkaClient(rejectedClient, { producerOnlyMode: true }).connect();
  await assert.rejects(rejected, QuixError);
  await quix.close();
}

void bootstrap();
