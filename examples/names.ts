// The ids of a topic, a group and a transactional id in Kafka, from their names in Quix. The broker
// accepts only ids that start with the id of the token's environment.
//
//   Quix__Sdk__Token=… npx tsx examples/names.ts
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Kafka, logLevel } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient();
const kafka = new Kafka(kafkaJSConfig(quix, { logLevel: logLevel.ERROR }));
// A signal during start-up does not end the program at once. The consumer first joins the group, so
// that it can leave it.
const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

const [topic, groupId, transactionalId] = await Promise.all([
  quix.getTopic('f1-data'), // creates the topic if it does not exist
  quix.getConsumerGroup('my-service'),
  quix.getTransactionalId('my-service'),
]);
console.log(`topic ${topic.id}, group ${groupId}, transactional id ${transactionalId}`);

const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
const consumer = kafka.consumer({ groupId });

await producer.connect();
const transaction = await producer.transaction();
const key = randomUUID();
await transaction.send({ topic: topic.id, messages: [{ key, value: '{"speed":312}' }] });
await transaction.commit();

await consumer.connect();
await consumer.subscribe({ topic: topic.id, fromBeginning: true });
const result = await new Promise<string>((resolve, reject) => {
  // run() does not reject when the consumer stops. This event is the only report.
  consumer.on('consumer.crash', ({ payload }) => {
    if (!payload.restart) reject(payload.error);
  });
  consumer
    .run({
      eachMessage: ({ message }) => {
        if (message.key?.toString() === key) resolve('received');
        return Promise.resolve();
      },
    })
    // Wait for run(). While the consumer joins its group, disconnect() does not leave the group.
    .then(() => stopped)
    .then(() => 'stopped')
    .then(resolve, reject);
});
console.log(`sent in a transaction, and ${result}`);

await Promise.all([producer.disconnect(), consumer.disconnect()]);
await quix.close();
