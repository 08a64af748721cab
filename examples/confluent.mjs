// Produce and consume with @confluentinc/kafka-javascript and its KafkaJS API. The same code is valid
// TypeScript. It is JavaScript here because the package contains a native library, which cannot be
// installed on every machine that checks the types of this project.
//
//   npm install quix-streams-auth @confluentinc/kafka-javascript
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import process from 'node:process';
import { KafkaJS } from '@confluentinc/kafka-javascript';
import { QuixStreamingClient } from 'quix-streams-auth';
import { confluentKafka } from 'quix-streams-auth/confluent';

const quix = new QuixStreamingClient();
// A signal during start-up does not end the program at once, so that the consumer can leave its group.
const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
quix.on('warning', ({ code, message }) => {
  // KAFKA_CLIENT_OUTDATED and KAFKA_LOGIN_REFUSED are reported only here.
  console.error(code, message);
});
const kafka = confluentKafka(quix, KafkaJS, { kafkaJS: { logLevel: KafkaJS.logLevel.ERROR } });
const topic = await quix.getTopic('f1-data');
const groupId = await quix.getConsumerGroup('confluent-example');

const producer = kafka.producer();
const consumer = kafka.consumer({ kafkaJS: { groupId, fromBeginning: true } });

await producer.connect();
const key = randomUUID();
await producer.send({ topic: topic.id, messages: [{ key, value: '{"speed":312}' }] });
console.log(`sent to ${topic.id}`);

await consumer.connect();
await consumer.subscribe({ topics: [topic.id] });
/** @type {Promise<string>} */
const received = new Promise((resolve, reject) => {
  consumer
    .run({
      eachMessage: ({ message }) => {
        if (message.key?.toString() === key) resolve(String(message.value));
        return Promise.resolve();
      },
    })
    .catch(reject);
});
const value = await Promise.race([received, stopped]);
console.log(typeof value === 'string' ? `received ${value}` : 'stopped');

await Promise.all([producer.disconnect(), consumer.disconnect()]);
await quix.close();
