// `npm run example -- fastify-service`: runs a program of examples/ against a Portal emulator.
//
//   --kafka          with a real Apache Kafka behind it: that of the tests (Java 17, Maven or KAFKA_HOME)
//   --rotate-every=5 has an admin rotate the tokens every 5 seconds
//
// What follows the name is passed on to the program.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { startKafka } from '../test/kafka/support/kafka-cluster.ts';
import { portalBroker } from '../test/kafka/support/portal-broker.ts';

const { values, positionals } = parseArgs({
  options: { kafka: { type: 'boolean' }, 'rotate-every': { type: 'string' } },
  allowPositionals: true,
});
const [name = '', ...args] = positionals;
const path = ['.ts', '.mjs']
  .map((suffix) => fileURLToPath(new URL(`../examples/${name}${suffix}`, import.meta.url)))
  .find((each) => existsSync(each));
if (path === undefined) {
  console.error(`There is no examples/${name}.ts: examples/README.md lists what there is.`);
  process.exit(2);
}

await using portal = await startPortalEmulator({
  workspaces: [{ workspaceId: 'org-project-dev' }, { workspaceId: 'org-project-prod' }],
  topics: ['f1-data', 'laps'],
});
const kafka = values.kafka ? await startKafka() : undefined;
if (kafka) {
  portal.setBroker(portalBroker(kafka));
  for (const topic of portal.topics.values()) await kafka.createTopic(topic.id);
}

const folder = mkdtempSync(join(tmpdir(), 'quix-example-'));
const tokenFile = join(folder, 'token');
writeFileSync(tokenFile, portal.token1, { mode: 0o600 });
const rotating = setInterval(
  () => {
    // As an operator does: Token 2 is in the file before Token 1 is deactivated.
    writeFileSync(tokenFile, portal.token2);
    portal.rotateTokens();
    console.log('The tokens were rotated.');
  },
  Number(values['rotate-every'] ?? 0) * 1_000 || 2 ** 31 - 1,
);

const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
  stdio: 'inherit',
  env: {
    ...process.env,
    ...portal.env,
    MY_QUIX_TOKEN: portal.token1,
    MY_QUIX_TOKEN_1: portal.token1,
    MY_QUIX_TOKEN_2: portal.token2,
    DEV_QUIX_TOKEN: portal.token1,
    PROD_QUIX_TOKEN: portal.addToken({ workspaces: ['org-project-prod'] }),
    QUIX_TOKEN_FILE: tokenFile,
    CHECK_EVERY_MS: '1000',
    // Blank counts as unset: what is set for other programs does not concern this one.
    Quix__Workspace__Id: '',
    Quix__Broker__Address: '',
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
const [code] = (await once(child, 'exit')) as [number | null];
clearInterval(rotating);
rmSync(folder, { recursive: true });
await kafka?.stop();
process.exitCode = code ?? 1;
