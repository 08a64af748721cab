// `npm run example -- fastify-service` runs a program of examples/ against a Portal emulator. Arguments after
// the name are passed to the program. Options:
//
//   --kafka           connects the emulator to a real Apache Kafka (needs Java 17, and Maven or KAFKA_HOME)
//   --rotate-every=5  rotates the tokens every 5 seconds
//
// `npm start` runs examples/quickstart.ts. If Quix__Sdk__Token is set, that program uses your own Portal
// instead of the emulator. It only reads.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import { startKafka } from '../test/kafka/support/kafka-cluster.ts';
import { createRequestedTopic } from '../test/kafka/support/nest-environment.ts';
import { portalBroker } from '../test/kafka/support/portal-broker.ts';
import { startStandIns } from '../test/support/stand-ins.ts';

const { values, positionals } = parseArgs({
  options: { kafka: { type: 'boolean' }, 'rotate-every': { type: 'string' } },
  allowPositionals: true,
});
const [name = '', ...args] = positionals;
const program = ['.ts', '.mjs', '.cjs']
  .map((suffix) => fileURLToPath(new URL(`../examples/${name}${suffix}`, import.meta.url)))
  .find((path) => existsSync(path));
if (program === undefined) {
  console.error(`There is no example "${name}". See the list in examples/README.md.`);
  process.exit(2);
}

/** Runs the program and resolves to its exit code. */
async function run(
  path: string,
  env: NodeJS.ProcessEnv,
  onMessage?: (child: ChildProcess) => void,
): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    env,
    stdio: ['inherit', 'inherit', 'inherit', ...(onMessage ? (['ipc'] as const) : [])],
  });
  child.on('message', () => onMessage?.(child));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

async function runWithEmulator(path: string): Promise<number> {
  const kafka = values.kafka ? await startKafka() : undefined;
  await using portal: PortalEmulator = await startPortalEmulator({
    workspaces: [{ workspaceId: 'org-project-dev' }, { workspaceId: 'org-project-prod' }],
    topics: ['f1-data', 'laps'],
    topicCreationMs: 1_000,
    onRequest: (request) => {
      if (kafka) createRequestedTopic(request, portal, kafka);
    },
  });
  console.log(`Using a Portal emulator at ${portal.url}.`);
  if (kafka) {
    portal.setBroker(portalBroker(kafka));
    portal.setBroker(portalBroker(kafka), 'org-project-prod');
    for (const topic of portal.topics.values()) await kafka.createTopic(topic.id);
  }

  const standIns = await startStandIns((token) => [portal.token1, portal.token2].includes(token));
  const folder = mkdtempSync(join(tmpdir(), 'quix-example-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, portal.token1, { mode: 0o600 });
  const rotate = (): void => {
    // Operators do the same: they store Token 2 before they deactivate Token 1.
    writeFileSync(tokenFile, portal.token2);
    portal.rotateTokens();
  };
  const rotateEveryMs = Number(values['rotate-every'] ?? 0) * 1_000;
  const timer =
    rotateEveryMs > 0
      ? setInterval(() => {
          rotate();
          console.log('The tokens were rotated.');
        }, rotateEveryMs)
      : undefined;

  const env = {
    ...process.env,
    ...portal.env,
    MY_QUIX_TOKEN: portal.token1,
    MY_QUIX_TOKEN_1: portal.token1,
    MY_QUIX_TOKEN_2: portal.token2,
    DEV_QUIX_TOKEN: portal.token1,
    PROD_QUIX_TOKEN: portal.addToken({ workspaces: ['org-project-prod'] }),
    QUIX_TOKEN_FILE: tokenFile,
    // A variable and the one with its file must not be set together. A blank value counts as unset.
    ...(name.startsWith('kubernetes/')
      ? { Quix__Sdk__Token: '', Quix__Sdk__Token_FILE: tokenFile }
      : { Quix__Sdk__Token_FILE: '' }),
    ...standIns.env,
    Quix__Lakehouse__Query__AuthToken: '',
    CHECK_EVERY_MS: '1000',
    // Overrides variables that are set for other programs. A blank value counts as unset.
    Quix__Workspace__Id: '',
    Quix__Broker__Address: '',
  };
  try {
    return await run(path, env, (child) => {
      rotate();
      child.send('rotated');
    });
  } finally {
    clearInterval(timer);
    rmSync(folder, { recursive: true });
    await standIns.close();
    await kafka?.stop();
  }
}

if (name === 'quickstart' && process.env['Quix__Sdk__Token']?.trim()) {
  console.log('Quix__Sdk__Token is set: using your own Portal, read-only.');
  process.exitCode = await run(program, process.env);
} else {
  if (name === 'quickstart') console.log('Quix__Sdk__Token is not set.');
  process.exitCode = await runWithEmulator(program);
}
