// Live rotation on command: the service is told its next token, here as a line on standard input.
// rotateToken() proves it at the Portal first; if that fails, nothing has changed.
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
lines.close();
await quix.close();
