// Produce and consume with @confluentinc/kafka-javascript, by its KafkaJS API. JavaScript, because this
// package installs a native library that not every machine of this project can build; the same is valid
// TypeScript.
//
//   npm install quix-streams-auth @confluentinc/kafka-javascript
import { randomUUID } from 'node:crypto';
import { KafkaJS } from '@confluentinc/kafka-javascript';
import { QuixStreamingClient } from 'quix-streams-auth';
import { confluentKafka } from 'quix-streams-auth/confluent';

const quix = new QuixStreamingClient();
quix.on('warning', ({ code, message }) => {
  // KAFKA_CLIENT_OUTDATED and KAFKA_LOGIN_REFUSED come here: librdkafka has no other way to tell.
  console.error(code, message);
});
const kafka = confluentKafka(quix, KafkaJS, { kafkaJS: { logLevel: KafkaJS.logLevel.ERROR } });
const topic = await quix.getTopic('f1-data');
const groupId = await quix.getConsumerGroup('confluent-example');

const producer = kafka.producer();
await producer.connect();
const key = randomUUID();
await producer.send({ topic: topic.id, messages: [{ key, value: '{"speed":312}' }] });
console.log(`sent to ${topic.id}`);

const consumer = kafka.consumer({ kafkaJS: { groupId, fromBeginning: true } });
await consumer.connect();
await consumer.subscribe({ topics: [topic.id] });
/** @type {string} */
const value = await new Promise((resolve, reject) => {
  consumer
    .run({
      eachMessage: ({ message }) => {
        if (message.key?.toString() === key) resolve(String(message.value));
        return Promise.resolve();
      },
    })
    .catch(reject);
});
console.log(`received ${value}`);

await producer.disconnect();
await consumer.disconnect();
await quix.close();
