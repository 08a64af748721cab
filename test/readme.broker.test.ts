import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { Kafka } from 'kafkajs';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, nodeRdkafkaFolder } from './kafka/support/classic-bindings.ts';
import { confluentFolder } from './kafka/support/confluent-build.ts';
import { countMessages } from './kafka/support/kafka-access.ts';
import { findKafkaLibs } from './kafka/support/kafka-distribution.ts';
import { findPlatformatic } from './kafka/support/platformatic-version.ts';
import { portalBroker } from './kafka/support/portal-broker.ts';
import { sharedKafka } from './kafka/support/shared-kafka.ts';
import { closeAfterEach, startPortal } from './support/portal-clients.ts';
import { placeProgram, startProgram, type Program } from './support/program.ts';
import { codeOf, namesOf } from './support/readme-snippets.ts';

closeAfterEach();
beforeAll(() => {
  nodeRdkafkaFolder(); // may build it
}, BUILD_TIMEOUT_MS);

const kafka = sharedKafka();
const kafkajs = dirname(createRequire(import.meta.url).resolve('kafkajs/package.json'));

/** Starts a Portal emulator with the topic f1-data, which also exists in Kafka. */
async function startEnvironment(): Promise<PortalEmulator> {
  const workspaceId = `readme-${randomUUID()}`;
  const portal = await startPortal({ workspaces: [{ workspaceId }], topics: ['f1-data'] });
  portal.setBroker(portalBroker(kafka));
  await kafka.createTopic(`${workspaceId}-f1-data`);
  return portal;
}

const countSent = (portal: PortalEmulator): Promise<number> =>
  countMessages(kafka, `${portal.workspaceId}-f1-data`);

/** If the run before has not left the group, Kafka waits 30 s for its consumer. */
const MESSAGE_WITHIN_MS = 5_000;

/** Starts the first program, and waits until it prints its message. */
async function timeToFirstMessage(
  path: string,
  env: NodeJS.ProcessEnv,
): Promise<{ program: Program; ms: number }> {
  const startedAt = performance.now();
  const program = startProgram(path, env);
  await program.says(/^\{"speed":312\}$/m);
  return { program, ms: Math.round(performance.now() - startedAt) };
}

/** Runs each program as it is in the README, and checks what it sent and received. */
const RUN: Readonly<Record<string, (name: string, portal: PortalEmulator) => Promise<void>>> = {
  async 'first-program'(name, portal) {
    const path = placeProgram('service.mjs', codeOf(name), { kafkajs });
    // Each later run joins the consumer group that the run before has left.
    for (const [index, signal] of (['SIGINT', 'SIGINT', 'SIGTERM'] as const).entries()) {
      const { program, ms } = await timeToFirstMessage(path, portal.env);
      console.log(`Run ${index + 1} of the first program printed its message after ${ms} ms.`);
      expect(ms).toBeLessThan(MESSAGE_WITHIN_MS);
      program.child.kill(signal);
      await program.succeeds();
      expect(await countSent(portal)).toBe(index + 1);
    }
  },
  async platformatic(name, portal) {
    const packages = { '@platformatic/kafka': findPlatformatic().folder };
    const path = placeProgram('producer.mts', codeOf(name), packages);
    await startProgram(path, portal.env).succeeds();
    expect(await countSent(portal)).toBe(1);
  },
  async nestjs(name, portal) {
    const resolve = createRequire(import.meta.url).resolve;
    const names = ['common', 'core', 'microservices', 'platform-express'];
    const packages = names.map((each) => {
      const folder = dirname(resolve(`@nestjs/${each}/package.json`));
      return [`@nestjs/${each}`, folder] as const;
    });
    // tsx applies the option for decorators only to files of this project.
    const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } };
    const { code } = await transform(codeOf(name), { loader: 'ts', tsconfigRaw });
    const path = placeProgram('service.mjs', code, Object.fromEntries(packages));
    const program = startProgram(path, portal.env);
    await program.says(/has joined the group/);
    const producer = new Kafka({ brokers: kafka.bootstrap.plaintext }).producer();
    await producer.connect();
    const topic = `${portal.workspaceId}-f1-data`;
    await producer.send({ topic, messages: [{ value: '{"speed":312}' }] });
    await producer.disconnect();
    await program.says(/^speed: 312$/m);
    program.child.kill('SIGTERM');
    await once(program.child, 'close');
    expect(program.output()).toContain('[Consumer] Stopped');
  },
  async confluent(name, portal) {
    const packages = { '@confluentinc/kafka-javascript': confluentFolder() };
    const path = placeProgram('producer.mjs', codeOf(name), packages);
    await startProgram(path, portal.env).succeeds();
    expect(await countSent(portal)).toBe(1);
  },
  async librdkafka(name, portal) {
    const packages = { 'node-rdkafka': nodeRdkafkaFolder() };
    const path = placeProgram('producer.mjs', codeOf(name), packages);
    await startProgram(path, portal.env).succeeds();
    expect(await countSent(portal)).toBe(1);
  },
};

it.each(Object.entries(RUN))(
  'the README program "%s" does what the README says, with a real Kafka',
  async (name, run) => {
    await run(name, await startEnvironment());
  },
);

it('every README program that needs a Kafka is run by this file', () => {
  expect(Object.keys(RUN).sort()).toEqual(namesOf('kafka').sort());
});

describe('the first program of the README', () => {
  it.each([
    ['while it connects', /KafkaJS v2/],
    ['while its consumer joins the group', /\[Consumer\] Starting/],
  ])('ends with Ctrl-C %s, and the next run prints its message at once', async (_, moment) => {
    const { env } = await startEnvironment();
    const path = placeProgram('service.mjs', codeOf('first-program'), { kafkajs });
    const { program: first } = await timeToFirstMessage(path, env);
    first.child.kill('SIGINT');
    await first.succeeds();
    const interrupted = startProgram(path, env);
    await interrupted.says(moment);
    interrupted.child.kill('SIGINT');
    await interrupted.succeeds();
    const { program, ms } = await timeToFirstMessage(path, env);
    expect(ms).toBeLessThan(MESSAGE_WITHIN_MS);
    program.child.kill('SIGINT');
    await program.succeeds();
  });

  it('ends at once when Ctrl-C is pressed a second time', async () => {
    // Nothing listens at this port, so the program tries to connect for several seconds.
    const env = { Quix__Broker__Address: '127.0.0.1:1' };
    const path = placeProgram('service.mjs', codeOf('first-program'), { kafkajs });
    const program = startProgram(path, env);
    await program.says(/ECONNREFUSED/);
    program.child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 200)); // Node merges equal pending signals
    expect(program.child.exitCode).toBeNull();
    program.child.kill('SIGINT');
    expect(await once(program.child, 'close')).toEqual([null, 'SIGINT']);
  });

  it('prints the command that creates its topic on a local broker, and runs after it', async () => {
    const topic = `local-${randomUUID()}`;
    const code = codeOf('first-program').replaceAll('f1-data', topic);
    const path = placeProgram('service.mjs', code, { kafkajs });
    const env = { Quix__Broker__Address: kafka.bootstrap.plaintext.join(',') };
    const without = startProgram(path, env);
    await without.says(/"hint":"/);
    without.child.kill('SIGKILL');
    const [, args = ''] = /kafka-topics\.sh (.*?)"/.exec(without.output()) ?? [];
    expect(args).toContain('--create --topic NAME');
    await runTopicTool(args.replace('NAME', topic).split(' '));
    const { program, ms } = await timeToFirstMessage(path, env);
    expect(ms).toBeLessThan(MESSAGE_WITHIN_MS);
    program.child.kill('SIGINT');
    await program.succeeds();
  });
});

/** Runs the class that `kafka-topics.sh` starts. */
async function runTopicTool(args: readonly string[]): Promise<void> {
  const classPath = join(findKafkaLibs(), '*');
  const tool = 'org.apache.kafka.tools.TopicCommand';
  await promisify(execFile)('java', ['-cp', classPath, tool, ...args]);
}
