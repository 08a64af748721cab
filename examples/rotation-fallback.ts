// Live rotation with both tokens: nothing is restarted when an admin rotates. Token 2 is tried when
// Token 1 is rejected, and kept. Later, at any restart, give the service the current pair.
//
//   MY_QUIX_TOKEN_1=… MY_QUIX_TOKEN_2=… npx tsx examples/rotation-fallback.ts
import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient({
  token: process.env['MY_QUIX_TOKEN_1'],
  fallbackToken: process.env['MY_QUIX_TOKEN_2'],
  // Once an hour the Portal is asked anew: a token that died is noticed while the other one lives.
  maxAgeMs: Number(process.env['CHECK_EVERY_MS'] ?? 3_600_000),
});
quix.on('rotated', ({ previous, current }) => {
  console.log(`${previous.source} gave way to ${current.source}`);
});

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
  await quix.getBrokerCredentials(); // free, but for the hourly check
  await setTimeout(1_000);
}
await producer.disconnect();
await quix.close();
