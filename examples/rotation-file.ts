// Live rotation with a file, such as a mounted Kubernetes secret: put Token 2 into it, wait until
// every node has the new file (in Kubernetes about a minute), then an admin rotates. The file is
// read at each exchange, and once more when the Portal rejects what was read; nothing watches it.
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
  console.log(`another token from ${current.source} is in use`);
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
