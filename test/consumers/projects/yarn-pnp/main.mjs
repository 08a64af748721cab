import { Kafka } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient();
const topic = (await quix.getTopic('yarn-pnp')).id;
const producer = new Kafka(kafkaJSConfig(quix)).producer();
await producer.connect();
await producer.send({ topic, messages: [{ value: 'yarn-pnp' }] });
await producer.disconnect();
