// Produce and consume with @platformatic/kafka.
//
//   npm install quix-streams-auth @platformatic/kafka
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { QuixStreamingClient } from 'quix-streams-auth';
import { platformaticClient } from 'quix-streams-auth/platformatic';

const quix = new QuixStreamingClient();
// A signal during start-up does not end the program at once. The consumer first joins the group, so
// that it can leave it.
const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
const topic = await quix.getTopic('f1-data');
const groupId = await quix.getConsumerGroup('platformatic-example');

const producer = platformaticClient(quix, Producer, { serializers: stringSerializers });
const consumer = platformaticClient(quix, Consumer, {
  groupId,
  deserializers: stringDeserializers,
});

const key = randomUUID();
await producer.send({ messages: [{ topic: topic.id, key, value: '{"speed":312}' }] });
console.log(`sent to ${topic.id}`);

const stream = await consumer.consume({ topics: [topic.id], mode: 'earliest', autocommit: true });

void stopped.then(() => stream.close()); // ends the loop

let result = 'stopped';
// The loop throws if the stream fails.
for await (const message of stream) {
  if (message.key !== key) continue;
  result = `received ${message.value}`;
  break;
}
console.log(result);

await producer.close();
await stream.close();
await consumer.close();
await quix.close();
