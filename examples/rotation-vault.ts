// Live rotation with a vault: a function gives the token. It is called at each exchange, and once
// more when the Portal rejects what it gave, so that nothing has to be told of a rotation. Here it is
// HashiCorp Vault's HTTP API (a KV engine of version 2).
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
