import { Kafka } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient({ tokenFile: process.env.TOKEN_FILE });
const producer = new Kafka(kafkaJSConfig(quix)).producer();
try {
  const topic = (await quix.getTopic('permissions')).id;
  await producer.connect();
  await producer.send({ topic, messages: [{ value: 'permissions' }] });
  await producer.disconnect();
  console.log('sent');
} catch ({ code, message }) {
  console.log(code, message);
}
