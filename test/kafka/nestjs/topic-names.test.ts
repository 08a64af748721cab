import type { EachMessagePayload, Kafka } from 'kafkajs';
import { expect, it, vi } from 'vitest';
import { TopicNames, useTopicNames } from '../../../src/kafka/nestjs/topic-names.ts';
import { asked, closeAfterEach, makeClient, startPortal } from '../../support/portal-clients.ts';

closeAfterEach();

/** A Kafka client that records the calls that reach kafkajs. */
function fakeKafka() {
  const calls: [method: string, argument: unknown][] = [];
  const record =
    (method: string) =>
    (argument?: unknown): unknown => {
      calls.push([method, argument]);
      return Promise.resolve(transaction);
    };
  const methods = (...names: string[]) =>
    Object.fromEntries(names.map((name) => [name, record(name)]));
  const transaction = methods('send', 'sendBatch', 'sendOffsets');
  const consumer = methods('subscribe', 'run', 'commitOffsets', 'seek', 'pause', 'resume');
  const producer = methods('send', 'sendBatch', 'transaction');
  const kafka = { consumer: () => consumer, producer: () => producer } as unknown as Kafka;
  return { kafka, calls };
}

it('subscribes to the ids of topics, and passes their names to eachMessage', async () => {
  const portal = await startPortal({ topics: ['f1-data'] });
  const names = new TopicNames(makeClient(portal));
  const { kafka, calls } = fakeKafka();
  const consumer = useTopicNames(kafka, names).consumer({ groupId: 'any' });
  await consumer.subscribe({ topics: ['f1-data'], fromBeginning: true });
  expect(calls).toEqual([
    ['subscribe', { topics: [`${portal.workspaceId}-f1-data`], fromBeginning: true }],
  ]);
  const eachMessage = vi.fn<(payload: EachMessagePayload) => Promise<void>>(() =>
    Promise.resolve(),
  );
  await consumer.run({ eachMessage });
  const options = calls[1]?.[1] as { eachMessage: typeof eachMessage };
  await options.eachMessage({ topic: `${portal.workspaceId}-f1-data`, partition: 3 } as never);
  expect(eachMessage.mock.calls).toEqual([[{ topic: 'f1-data', partition: 3 }]]);
});

it('subscribes to the topics whose names match a regular expression', async () => {
  const portal = await startPortal({ topics: ['f1-data', 'f1-laps', 'orders'] });
  const names = new TopicNames(makeClient(portal));
  const id = (name: string): string => `${portal.workspaceId}-${name}`;
  expect(await names.findSubscriptions([/^f1-/g, 'f1-data'])).toEqual([
    id('f1-data'),
    id('f1-laps'),
  ]);
  expect(['f1-data', 'f1-laps'].map((name) => names.nameOf(id(name)))).toEqual([
    'f1-data',
    'f1-laps',
  ]);
});

it('passes a regular expression to kafkajs if the client uses a local broker', async () => {
  const portal = await startPortal();
  const names = new TopicNames(makeClient(portal, { brokerAddress: 'localhost:9092', env: {} }));
  expect(await names.findSubscriptions([/^f1-/, 'orders'])).toEqual([/^f1-/, 'orders']);
  expect(portal.requests).toEqual([]);
});

it('accepts names and ids in the methods of consumers, producers and transactions', async () => {
  const portal = await startPortal({ topics: ['f1-data'] });
  const { kafka, calls } = fakeKafka();
  const names = new TopicNames(makeClient(portal));
  const adapted = useTopicNames(kafka, names);
  const consumer = adapted.consumer({ groupId: 'any' });
  const producer = adapted.producer();
  await consumer.subscribe({ topics: ['f1-data'] });
  const id = `${portal.workspaceId}-f1-data`;
  for (const topic of ['f1-data', id]) {
    calls.length = 0;
    await producer.send({ topic, messages: [] });
    await producer.sendBatch({ topicMessages: [{ topic, messages: [] }] });
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [] });
    await transaction.sendOffsets({ consumerGroupId: 'any', topics: [{ topic, partitions: [] }] });
    await consumer.commitOffsets([{ topic, partition: 0, offset: '1' }]);
    consumer.seek({ topic, partition: 0, offset: '1' });
    consumer.pause([{ topic }]);
    consumer.resume([{ topic }]);
    expect(JSON.stringify(calls).split(JSON.stringify({ topic: id }).slice(1, -1))).toHaveLength(9);
  }
});

it('rejects a pattern of Nest that is an object, because it cannot be the name of a topic', async () => {
  const names = new TopicNames(makeClient(await startPortal()));
  const pattern = JSON.stringify({ cmd: 'sum' }); // as Nest passes it
  await expect(names.findSubscriptions([pattern])).rejects.toMatchObject({ code: 'QUIX_CONFIG' });
});

it('requests the id of a topic once', async () => {
  const portal = await startPortal({ topics: ['f1-data'] });
  const { kafka } = fakeKafka();
  const producer = useTopicNames(kafka, new TopicNames(makeClient(portal))).producer();
  for (let count = 0; count < 100; count++) await producer.send({ topic: 'f1-data', messages: [] });
  expect(asked(portal)).toEqual(['GET /workspaces', `GET /${portal.workspaceId}/topics/f1-data`]);
});
