// Produce and consume with kafkajs.
//
//   npm install quix-streams-auth kafkajs
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
const topic = await quix.getTopic('f1-data');
const groupId = await quix.getConsumerGroup('kafkajs-example');

const producer = kafka.producer();
const consumer = kafka.consumer({ groupId });

await producer.connect();
const key = randomUUID();
await producer.send({ topic: topic.id, messages: [{ key, value: '{"speed":312}' }] });
console.log(`sent to ${topic.id}`);

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
        if (message.key?.toString() === key) resolve(`received ${String(message.value)}`);
        return Promise.resolve();
      },
    })
    // Wait for run(). While the consumer joins its group, disconnect() does not leave the group.
    .then(() => stopped)
    .then(() => 'stopped')
    .then(resolve, reject);
});
console.log(result);

await Promise.all([producer.disconnect(), consumer.disconnect()]);
await quix.close();
