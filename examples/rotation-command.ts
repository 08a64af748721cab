// Rotation without a restart, on command. The service reads its next token as a line from standard
// input. rotateToken() tests the token at the Portal first. If that fails, nothing changes.
//
//   MY_QUIX_TOKEN=… npx tsx examples/rotation-command.ts
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient(process.env['MY_QUIX_TOKEN']);
const lines = createInterface({ input: process.stdin });
lines.on('line', (token) => {
  quix.rotateToken(token).then(
    () => {
      console.log('rotated');
    },
    (error: unknown) => {
      console.error('not rotated:', error instanceof QuixError ? error.message : error);
    },
  );
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
  await setTimeout(1_000);
}
await producer.disconnect();
lines.close();
await quix.close();
