// Rotation without downtime, as Quix documents it. The token is in your own variable.
//
//   1. Set MY_QUIX_TOKEN to the value of Token 2, and restart each service at any time.
//   2. After all services have restarted, an admin rotates the tokens. Token 1, which no service uses
//      any more, is deactivated. Token 2 becomes the new Token 1 and stays valid.
//
//   MY_QUIX_TOKEN=… npx tsx examples/rotation-own-variable.ts
import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient(process.env['MY_QUIX_TOKEN']);

const topic = await quix.getTopic(process.env['TOPIC'] ?? 'f1-data');
const producer = new Kafka(kafkaJSConfig(quix, { logLevel: logLevel.ERROR })).producer();
await producer.connect();

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopping.abort();
  });
}
while (!stopping.signal.aborted) {
  await producer.send({ topic: topic.id, messages: [{ value: new Date().toISOString() }] });
  console.log('sent');
  await setTimeout(1_000);
}
await producer.disconnect();
await quix.close();
