import { Controller, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientKafka,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  ServerKafka,
  type KafkaContext,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import type { KafkaConfig } from 'kafkajs';
import { QuixError, QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import {
  QuixHealthIndicator,
  QuixKafkaClient,
  QuixKafkaServer,
  type QuixKafkaOptions,
} from 'quix-streams-auth/nestjs';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { withAdmin } from '../support/kafka-access.ts';
import { startNestEnvironment } from '../support/nest-environment.ts';
import { portalBroker } from '../support/portal-broker.ts';
import { sharedKafka } from '../support/shared-kafka.ts';
import { waitUntil } from '../support/wait-until.ts';

const kafka = sharedKafka();
const open: (() => Promise<unknown>)[] = [];
let portal: PortalEmulator;

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function startEnvironment(topics?: string[]): Promise<PortalEmulator> {
  portal = await startNestEnvironment(kafka, topics);
  open.push(() => portal.close());
  return portal;
}

function makeQuix(options: QuixClientOptions = {}): QuixStreamingClient {
  const quix = new QuixStreamingClient({ env: portal.env, ...options });
  open.push(() => quix.close());
  return quix;
}

function makeClient(options?: QuixKafkaOptions, quix = makeQuix()): QuixKafkaClient {
  const client = new QuixKafkaClient(quix, options);
  open.push(() => client.close());
  return client;
}

/** Starts a microservice with one controller. */
async function listen(controller: Type, options: MicroserviceOptions): Promise<void> {
  @Module({ controllers: [controller] })
  class TestModule {}
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- plain options
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(TestModule, options);
  app.useLogger(false);
  open.push(() => app.close());
  await app.listen();
}

const serve = (
  controller: Type,
  options: QuixKafkaOptions = {},
  quix = makeQuix(),
): Promise<void> =>
  listen(controller, {
    strategy: new QuixKafkaServer(quix, { subscribe: { fromBeginning: true }, ...options }),
  });

interface Received {
  readonly topic: string;
  readonly value: unknown;
}

/** Returns a controller that records the events of a topic, and the records. */
function recorder(pattern: string): { controller: Type; received: Received[] } {
  const received: Received[] = [];
  @Controller()
  class RecordingController {
    @EventPattern(pattern)
    async handle(@Payload() value: unknown, @Ctx() context: KafkaContext): Promise<void> {
      const topic = context.getTopic();
      const offset = String(Number(context.getMessage().offset) + 1);
      const partition = context.getPartition();
      await context.getConsumer().commitOffsets([{ topic, partition, offset }]);
      received.push({ topic, value });
    }
  }
  return { controller: RecordingController, received };
}

@Controller()
class OrdersController {
  @MessagePattern('orders')
  answer(@Payload() order: { count: number }): { total: number } {
    return { total: order.count * 10 };
  }
}

const until = (isDone: () => boolean, what: string): Promise<void> =>
  waitUntil(() => Promise.resolve(isDone()), { timeoutMs: 30_000, what });

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('events', () => {
  it.each(['name', 'id'])(
    'arrive with the %s of a topic as pattern, and can be committed with the topic of the context',
    async (kind) => {
      await startEnvironment(['f1-data']);
      const id = `${portal.workspaceId}-f1-data`;
      const pattern = kind === 'name' ? 'f1-data' : id;
      const { controller, received } = recorder(pattern);
      await serve(controller, { groupId: 'laps', run: { autoCommit: false } });
      const client = makeClient({ producerOnlyMode: true });
      await lastValueFrom(client.emit(pattern, { key: 'car-1', value: { speed: 312 } }));
      await until(() => received.length > 0, 'Receiving the event');
      expect(received).toEqual([{ topic: pattern, value: { speed: 312 } }]);
      const groupId = `${portal.workspaceId}-laps`;
      const offsets = await withAdmin({ brokers: kafka.bootstrap.plaintext }, async (admin) => {
        await admin.fetchTopicMetadata({ topics: [id] }); // fetchOffsets() does not load metadata
        return await admin.fetchOffsets({ groupId, topics: [id] });
      });
      expect(offsets).toMatchObject([{ topic: id, partitions: [{ offset: '1' }] }]);
    },
  );

  it('create topics that do not exist, before the server subscribes and before the client sends', async () => {
    await startEnvironment();
    const { controller, received } = recorder('new-topic');
    await serve(controller);
    const client = makeClient({ producerOnlyMode: true });
    await lastValueFrom(client.emit('new-topic', 'first'));
    await lastValueFrom(client.emit('other-topic', 'second'));
    await until(() => received.length > 0, 'Receiving the event');
    expect([...portal.topics.keys()]).toEqual(['new-topic', 'other-topic']);
  });

  it('fail if their topics do not exist and autoCreateTopics is off', async () => {
    await startEnvironment();
    const quix = makeQuix({ autoCreateTopics: false });
    const { controller } = recorder('new-topic');
    const strategy = new QuixKafkaServer(quix);
    expect(await errorOf(listen(controller, { strategy }))).toMatchObject({
      code: 'QUIX_TOPIC_NOT_FOUND',
    });
    expect(() => strategy.unwrap(), 'The server is closed').toThrow('Not initialized');
    const client = makeClient({ producerOnlyMode: true }, quix);
    expect(await errorOf(lastValueFrom(client.emit('new-topic', 1)))).toMatchObject({
      code: 'QUIX_TOPIC_NOT_FOUND',
    });
    expect([...portal.topics.keys()]).toEqual([]);
  });

  it('use the consumer group of getConsumerGroup(), with a postfix only if it is set, and the client id of the Portal', async () => {
    await startEnvironment(['f1-data', 'orders', 'orders.reply']);
    portal.setBroker({ ...portalBroker(kafka), clientId: 'id-of-the-portal' });
    const { controller } = recorder('f1-data');
    await serve(controller, { consumer: { groupId: 'one' } });
    await serve(controller, { groupId: 'two', postfixId: '-server' });
    const client = makeClient({ groupId: 'three' });
    client.subscribeToResponseOf('orders');
    await client.connect();
    const prefix = `${portal.workspaceId}-`;
    const groups = await withAdmin({ brokers: kafka.bootstrap.plaintext }, async (admin) => {
      const all = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
      const own = all.filter((groupId) => groupId.startsWith(prefix));
      return (await admin.describeGroups(own)).groups;
    });
    const members = groups.map(({ groupId, members: [member] }) => [groupId, member?.clientId]);
    expect(Object.fromEntries(members)).toEqual({
      [`${prefix}one`]: 'id-of-the-portal',
      [`${prefix}two-server`]: 'id-of-the-portal',
      [`${prefix}three-client`]: 'id-of-the-portal',
    });
  });
});

describe('requests', () => {
  it('are answered on a reply topic that exists before the first request', async () => {
    await startEnvironment(['orders']);
    await serve(OrdersController);
    const client = makeClient({ groupId: 'shop' });
    client.subscribeToResponseOf('orders');
    await client.connect();
    expect([...portal.topics.keys()]).toEqual(['orders', 'orders.reply']);
    for (const count of [1, 2, 3]) {
      expect(await firstValueFrom(client.send('orders', { count }))).toEqual({ total: count * 10 });
    }
  });

  it('are answered between this adapter and the transport of Nest, which uses ids', async () => {
    await startEnvironment(['orders', 'orders.reply']);
    const id = `${portal.workspaceId}-orders`;
    const quix = makeQuix();
    await quix.getBrokerCredentials();
    const group = (name: string) => ({ groupId: `${portal.workspaceId}-${name}` });
    // The types of kafkajs and of Nest's copy of them differ.
    const config = (): never => kafkaJSConfig(quix) satisfies KafkaConfig as never;

    await serve(OrdersController);
    const nestClient = new ClientKafka({ client: config(), consumer: group('their') });
    open.push(() => nestClient.close());
    nestClient.subscribeToResponseOf(id);
    await nestClient.connect();
    expect(await firstValueFrom(nestClient.send(id, { count: 1 }))).toEqual({ total: 10 });

    await open.splice(open.length - 2, 1)[0]?.(); // closes the server
    @Controller()
    class IdController {
      @MessagePattern(id)
      answer(): string {
        return 'from Nest';
      }
    }
    await listen(IdController, {
      strategy: new ServerKafka({ client: config(), consumer: group('server') }),
    });
    const client = makeClient({ groupId: 'ours' });
    client.subscribeToResponseOf('orders');
    await client.connect();
    expect(await firstValueFrom(client.send('orders', { count: 2 }))).toBe('from Nest');
  });

  it('are answered with the id of the topic', async () => {
    await startEnvironment(['orders']);
    await serve(OrdersController);
    const client = makeClient({ groupId: 'shop' });
    const id = `${portal.workspaceId}-orders`;
    client.subscribeToResponseOf(id);
    await client.connect();
    expect(await firstValueFrom(client.send(id, { count: 2 }))).toEqual({ total: 20 });
    expect([...portal.topics.keys()]).toEqual(['orders', 'orders.reply']);
  });

  it('with a missing reply topic do not create the topic, and do not end the server', async () => {
    await startEnvironment(['orders', 'orders.reply']);
    await serve(OrdersController);
    const client = makeClient({ groupId: 'shop' });
    client.subscribeToResponseOf('orders');
    const producer = await client.connect();
    await producer.send({
      topic: 'orders',
      messages: [
        {
          value: '{"count":1}',
          headers: { kafka_correlationId: '1', kafka_replyTopic: 'no-such-topic' },
        },
      ],
    });
    expect(await firstValueFrom(client.send('orders', { count: 2 }))).toEqual({ total: 20 });
    expect([...portal.topics.keys()]).toEqual(['orders', 'orders.reply']);
  });
});

describe('a failed start', () => {
  it('rejects with QUIX_TOKEN_REJECTED for a wrong token, without a connection to Kafka', async () => {
    await startEnvironment(['f1-data']);
    portal.setBroker({ brokers: ['127.0.0.1:1'] });
    const quix = makeQuix({ token: `sdk-${'0'.repeat(32)}` });
    const { controller } = recorder('f1-data');
    const error = await errorOf(serve(controller, {}, quix));
    expect(error).toBeInstanceOf(QuixError);
    expect(error).toMatchObject({ code: 'QUIX_TOKEN_REJECTED' });
    const client = makeClient({}, quix);
    expect(await errorOf(client.connect())).toMatchObject({ code: 'QUIX_TOKEN_REJECTED' });
  });

  it('rejects with QUIX_CREDENTIALS_REFUSED if Kafka refuses the password, and the client can connect later', async () => {
    await startEnvironment(['f1-data']);
    portal.setBroker(portalBroker(kafka, { password: 'refused-by-kafka' }));
    const quix = makeQuix();
    const { controller } = recorder('f1-data');
    expect(await errorOf(serve(controller, {}, quix))).toMatchObject({
      code: 'QUIX_CREDENTIALS_REFUSED',
    });
    const clientQuix = makeQuix();
    const client = makeClient({ producerOnlyMode: true }, clientQuix);
    const health = new QuixHealthIndicator(clientQuix);
    expect(await errorOf(client.connect())).toMatchObject({ code: 'QUIX_CREDENTIALS_REFUSED' });
    expect(await health.isHealthy()).toMatchObject({
      quix: { status: 'down', lastRefusal: 'QUIX_CREDENTIALS_REFUSED (final error of kafkajs)' },
    });
    portal.setBroker(portalBroker(kafka));
    await waitUntil(() => client.connect().then(() => true), {
      timeoutMs: 60_000,
      what: 'Connecting with the right password',
    });
    await lastValueFrom(client.emit('f1-data', 'works'));
    expect(await health.isHealthy()).toEqual({ quix: { status: 'up', state: 'ready' } });
  });
});
