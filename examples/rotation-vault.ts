// Rotation without a restart, with a vault. The client calls a function for the token at each exchange,
// and again when the Portal rejects the token. This example uses the HTTP API of HashiCorp Vault (KV
// engine, version 2).
//
//   VAULT_ADDR=… VAULT_TOKEN=… npx tsx examples/rotation-vault.ts
import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

async function readFromVault({ signal }: { signal: AbortSignal }): Promise<string> {
  const response = await fetch(`${process.env['VAULT_ADDR'] ?? ''}/v1/secret/data/quix`, {
    headers: { 'X-Vault-Token': process.env['VAULT_TOKEN'] ?? '' },
    signal,
  });
  if (!response.ok) throw new Error(`Vault answered ${response.status}`);
  const { data } = (await response.json()) as { data: { data: { token: string } } };
  return data.data.token;
}

const quix = new QuixStreamingClient(readFromVault, {
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
