import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { beforeAll, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, nodeRdkafkaFolder } from '../kafka/support/classic-bindings.ts';
import { confluentFolder } from '../kafka/support/confluent-build.ts';
import { countMessages } from '../kafka/support/kafka-access.ts';
import { findPlatformatic } from '../kafka/support/platformatic-version.ts';
import { portalBroker } from '../kafka/support/portal-broker.ts';
import { sharedKafka } from '../kafka/support/shared-kafka.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { examplePath, placeProgram, startProgram } from '../support/program.ts';

closeAfterEach();
beforeAll(() => {
  // These may install or build a package.
  findPlatformatic();
  confluentFolder();
  nodeRdkafkaFolder();
}, BUILD_TIMEOUT_MS);

const kafka = sharedKafka();

/** Starts a Portal emulator with a topic that also exists in Kafka. */
async function startEnvironment(topic: string): Promise<PortalEmulator> {
  const workspaceId = `examples-${randomUUID()}`;
  const portal = await startPortal({ workspaces: [{ workspaceId }], topics: [topic] });
  portal.setBroker(portalBroker(kafka));
  await kafka.createTopic(`${workspaceId}-${topic}`);
  return portal;
}

/** Copies an example to a new folder and returns its path. */
function place(name: string, edit = (code: string): string => code): string {
  // tsx treats a .ts file outside a package as CommonJS.
  return placeProgram(
    name.replace(/\.ts$/, '.mts'),
    edit(readFileSync(examplePath(name), 'utf8')),
    {
      kafkajs: dirname(createRequire(import.meta.url).resolve('kafkajs/package.json')),
      '@platformatic/kafka': findPlatformatic().folder,
      // Packages with native code are installed in folders of their own.
      '@confluentinc/kafka-javascript': confluentFolder(),
      'node-rdkafka': nodeRdkafkaFolder(),
    },
  );
}

it.each(['kafkajs.ts', 'platformatic.ts', 'confluent.mjs', 'librdkafka.mjs'])(
  'examples/%s receives the message that it sent',
  async (name) => {
    const portal = await startEnvironment('f1-data');
    const output = await startProgram(place(name), portal.env).succeeds();
    expect(output).toContain(`sent to ${portal.workspaceId}-f1-data`);
    expect(output).toContain('received {"speed":312}');
  },
);

// An example that sends the signal to itself gets it at the same point on each machine.
const sendSignal = "process.kill(process.pid, 'SIGINT');";

/** Sends the signal after the first output, before the consumer joins its group. */
const afterFirstOutput = (code: string): string =>
  code.replace(/^console\.log\(.*\);$/m, (line) => `${line}\n${sendSignal}`);

/** Sends the signal after the first response to JoinGroup. Kafka then waits for a second JoinGroup. */
const whileJoining = (code: string): string =>
  code.replace(
    /^await consumer\.connect\(\);$/m,
    (line) => `${line}
const stopListening = consumer.on('consumer.network.request', ({ payload }) => {
  if (payload.apiName !== 'JoinGroup') return;
  stopListening();
  ${sendSignal}
});`,
  );

it.each([
  ['kafkajs.ts', 'before its consumer joins', afterFirstOutput],
  ['kafkajs.ts', 'while its consumer joins', whileJoining],
  ['names.ts', 'before its consumer joins', afterFirstOutput],
  ['names.ts', 'while its consumer joins', whileJoining],
  ['platformatic.ts', 'before its consumer joins', afterFirstOutput],
  ['confluent.mjs', 'before its consumer joins', afterFirstOutput],
  ['librdkafka.mjs', 'before its consumer joins', afterFirstOutput],
] as const)(
  'examples/%s leaves its group after Ctrl-C %s, so that the next run receives its message at once',
  async (name, _when, edit) => {
    const { env } = await startEnvironment('f1-data');
    expect(await startProgram(place(name, edit), env).succeeds()).toContain('stopped');
    const startedAt = performance.now();
    expect(await startProgram(place(name), env).succeeds()).toContain('received');
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  },
);

it('examples/librdkafka.mjs also receives its message with @confluentinc/kafka-javascript', async () => {
  const { env } = await startEnvironment('f1-data');
  const path = place('librdkafka.mjs', (code) =>
    code.replace("from 'node-rdkafka'", "from '@confluentinc/kafka-javascript'"),
  );
  expect(readFileSync(path, 'utf8')).not.toContain("'node-rdkafka'");
  expect(await startProgram(path, env).succeeds()).toContain('received {"speed":312}');
});

it('examples/commonjs.cjs prints its message, and ends on SIGTERM', async () => {
  const { env } = await startEnvironment('f1-data');
  const program = startProgram(examplePath('commonjs.cjs'), env);
  await program.says(/^\{"speed":312\}$/m);
  await program.stops();
});

it('examples/fastify-service.ts is ready and writes each posted lap to Kafka', async () => {
  const portal = await startEnvironment('laps');
  const service = startProgram(examplePath('fastify-service.ts'), { ...portal.env, PORT: '0' });
  await service.says(/listening on \S+/);
  const [, address = ''] = /listening on (\S+)/.exec(service.output()) ?? [];
  const ready = await fetch(`${address}/health/ready`);
  expect([ready.status, await ready.json()]).toMatchObject([200, { state: 'ready' }]);

  const post = (lap: object): Promise<Response> =>
    fetch(`${address}/laps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(lap),
    });
  expect((await post({ car: '1' })).status).toBe(400);
  expect((await post({ car: '1', speed: 312 })).status).toBe(202);
  expect((await post({ car: '2', speed: 298 })).status).toBe(202);
  expect(await countMessages(kafka, `${portal.workspaceId}-laps`)).toBe(2);
  await service.stops();
});
