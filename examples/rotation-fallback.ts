// Rotation without a restart, with both tokens. When the Portal rejects Token 1, the client switches
// to Token 2. At the next restart, pass the two tokens that are valid then.
//
//   MY_QUIX_TOKEN_1=… MY_QUIX_TOKEN_2=… npx tsx examples/rotation-fallback.ts
import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient({
  token: process.env['MY_QUIX_TOKEN_1'],
  fallbackToken: process.env['MY_QUIX_TOKEN_2'],
  // Once an hour, the client asks the Portal again and notices a deactivated Token 1.
  maxAgeMs: Number(process.env['CHECK_EVERY_MS'] ?? 3_600_000),
});
quix.on('rotated', ({ previous, current }) => {
  console.log(`switched from ${previous.source} to ${current.source}`);
});

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
  await quix.getBrokerCredentials(); // sends a request only when maxAgeMs has passed
  await setTimeout(1_000);
}
await producer.disconnect();
await quix.close();
