import { Kafka } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient();
const producer = new Kafka(kafkaJSConfig(quix)).producer();
const topic = await quix.getTopic('typescript-7');
await producer.connect();
await producer.send({ topic: topic.id, messages: [{ value: '{"speed":312}' }] });
await producer.disconnect();
