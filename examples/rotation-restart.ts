// Rotation with a restart: the simplest way that Quix documents. The token is in Quix__Sdk__Token,
// which Quix sets inside its deployments. An admin rotates the tokens; then restart this service.
//
// What is connected stays connected meanwhile. A process that has to ask the Portal with the
// deactivated token ends with QUIX_TOKEN_REJECTED, which says where the token was from.
//
//   Quix__Sdk__Token=… npx tsx examples/rotation-restart.ts
import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

const quix = new QuixStreamingClient();

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
