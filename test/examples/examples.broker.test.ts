import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { beforeAll, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, nodeRdkafkaFolder } from '../kafka/support/classic-bindings.ts';
import { confluentFolder } from '../kafka/support/confluent-build.ts';
import { countMessages } from '../kafka/support/kafka-access.ts';
import { portalBroker } from '../kafka/support/portal-broker.ts';
import { sharedKafka } from '../kafka/support/shared-kafka.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { examplePath, placeProgram, startProgram } from '../support/program.ts';

closeAfterEach();
beforeAll(() => {
  nodeRdkafkaFolder(); // may build it
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

/** Returns the path of a program. Packages with native code are installed in folders of their own. */
function place(name: string, edit = (code: string): string => code): string {
  if (!name.endsWith('.mjs')) return examplePath(name);
  return placeProgram(name, edit(readFileSync(examplePath(name), 'utf8')), {
    '@confluentinc/kafka-javascript': confluentFolder(),
    'node-rdkafka': nodeRdkafkaFolder(),
  });
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

it.each(['kafkajs.ts', 'platformatic.ts', 'confluent.mjs', 'librdkafka.mjs', 'names.ts'])(
  'examples/%s leaves its group after Ctrl-C, so that the next run receives its message at once',
  async (name) => {
    const { env } = await startEnvironment('f1-data');
    const path = place(name);
    const interrupted = startProgram(path, env);
    // Its consumer joins the group next.
    await interrupted.says(/^sent to|^topic /m);
    interrupted.child.kill('SIGINT');
    await interrupted.succeeds();
    const startedAt = performance.now();
    await startProgram(path, env).succeeds();
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
