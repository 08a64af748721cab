// Produce and consume with kafkajs.
//
//   npm install quix-streams-auth kafkajs
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient();
const kafka = new Kafka(kafkaJSConfig(quix, { logLevel: logLevel.ERROR }));
const topic = await quix.getTopic('f1-data');
const groupId = await quix.getConsumerGroup('kafkajs-example');

const producer = kafka.producer();
await producer.connect();
const key = randomUUID();
await producer.send({ topic: topic.id, messages: [{ key, value: '{"speed":312}' }] });
console.log(`sent to ${topic.id}`);

const consumer = kafka.consumer({ groupId });
await consumer.connect();
await consumer.subscribe({ topic: topic.id, fromBeginning: true });
const received = new Promise<string>((resolve, reject) => {
  // A consumer that gives up says so here alone.
  consumer.on('consumer.crash', ({ payload }) => {
    if (!payload.restart) reject(payload.error);
  });
  consumer
    .run({
      eachMessage: ({ message }) => {
        if (message.key?.toString() === key) resolve(String(message.value));
        return Promise.resolve();
      },
    })
    .catch(reject);
});
console.log(`received ${await received}`);

await Promise.all([producer.disconnect(), consumer.disconnect()]);
await quix.close();
