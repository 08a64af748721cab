// Prints how much the heap has grown, after garbage collection, by cached calls and by clients.
import process from 'node:process';
import { QuixStreamingClient } from 'quix-streams-auth';

const CALLS = 1_000_000;
const CLIENTS = 10_000;

function heapBytes() {
  // One collection does not free everything.
  for (let i = 0; i < 4; i++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

async function call(client, times) {
  for (let i = 0; i < times; i++) await client.getBrokerCredentials();
}

const client = new QuixStreamingClient();
await call(client, 10_000);
const beforeCalls = heapBytes();
await call(client, CALLS);
const callsBytes = heapBytes() - beforeCalls;
await client.close();

const kept = Array.from({ length: CLIENTS });
kept[0] = new QuixStreamingClient();
const beforeClients = heapBytes();
for (let i = 1; i < CLIENTS; i++) kept[i] = new QuixStreamingClient();
const clientBytes = (heapBytes() - beforeClients) / (kept.length - 1);
process.stdout.write(JSON.stringify({ callsBytes, clientBytes }));
process.exit();
