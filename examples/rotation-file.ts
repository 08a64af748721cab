// Rotation without a restart, with a file such as a mounted Kubernetes secret. Write Token 2 to the
// file, wait until every node has the new file (about a minute in Kubernetes), then have an admin
// rotate the tokens. The client reads the file for each exchange, and again when the Portal rejects
// the token. There is no file watcher.
//
//   npx tsx examples/rotation-file.ts /run/secrets/quix/token
import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient({
  tokenFile: process.argv[2] ?? process.env['QUIX_TOKEN_FILE'] ?? '/run/secrets/quix/token',
  maxAgeMs: Number(process.env['CHECK_EVERY_MS'] ?? 3_600_000),
});
quix.on('rotated', ({ current }) => {
  console.log(`switched to the new token from ${current.source}`);
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
