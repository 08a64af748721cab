// Prints the milliseconds until the last of one or many concurrent callers has its credentials. The mode
// `warm` alternates between one and many callers in a process that has loaded all code before.
import process from 'node:process';
import { QuixStreamingClient } from 'quix-streams-auth';

const CALLERS = 10_000;

async function timeCallers(count) {
  const client = new QuixStreamingClient();
  const start = performance.now();
  const calls = Array.from({ length: count }, () => client.getBrokerCredentials());
  await Promise.all(calls);
  const tookMs = performance.now() - start;
  await client.close();
  return tookMs;
}

const [mode] = process.argv.slice(2);
if (mode !== 'warm') {
  process.stdout.write(JSON.stringify(await timeCallers(mode === 'many' ? CALLERS : 1)));
} else {
  for (let i = 0; i < 5; i++) await timeCallers(CALLERS);
  const samples = [];
  for (let i = 0; i < 15; i++) {
    samples.push({ one: await timeCallers(1), many: await timeCallers(CALLERS) });
  }
  process.stdout.write(JSON.stringify(samples));
}
