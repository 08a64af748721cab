// Rotation with a restart, the simplest way that Quix documents. The token is in Quix__Sdk__Token,
// which Quix sets inside its deployments. After an admin has rotated the tokens, restart this service.
//
// Open connections stay open until the restart. A request to the Portal with the deactivated token
// fails with QUIX_TOKEN_REJECTED, and the message names the source of the token.
//
//   Quix__Sdk__Token=… npx tsx examples/rotation-restart.ts
import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient();

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
