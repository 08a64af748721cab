// Rotation without downtime, as Quix documents it: the token is in a variable of your own.
//
//   1. Set MY_QUIX_TOKEN to the value of Token 2, and restart each service when it suits you.
//   2. When all of them have restarted, an admin rotates: Token 1, which nobody uses, dies, and
//      Token 2 goes on as the new Token 1.
//
//   MY_QUIX_TOKEN=… npx tsx examples/rotation-own-variable.ts
import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient(process.env['MY_QUIX_TOKEN']);

const { workspaceId } = await quix.getBrokerCredentials();
const topic = `${workspaceId}-${process.env['TOPIC'] ?? 'f1-data'}`;
const producer = new Kafka(kafkaJSConfig(quix, { logLevel: logLevel.ERROR })).producer();
await producer.connect();

const stopping = new AbortController();
process.once('SIGTERM', () => {
  stopping.abort();
});
while (!stopping.signal.aborted) {
  await producer.send({ topic, messages: [{ value: new Date().toISOString() }] });
  console.log('sent');
  await setTimeout(1_000);
}
await producer.disconnect();
await quix.close();
