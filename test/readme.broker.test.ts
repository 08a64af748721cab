import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { createRequire } from 'node:module';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { expect, it } from 'vitest';
import { confluentFolder } from './kafka/support/confluent-build.ts';
import { countMessages } from './kafka/support/kafka-access.ts';
import { findPlatformatic } from './kafka/support/platformatic-version.ts';
import { portalBroker } from './kafka/support/portal-broker.ts';
import { sharedKafka } from './kafka/support/shared-kafka.ts';
import { closeAfterEach, startPortal } from './support/portal-clients.ts';
import { placeProgram, startProgram } from './support/program.ts';
import { codeOf, namesOf } from './support/readme-snippets.ts';

closeAfterEach();

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

/** Runs each program as it is in the README, and checks what it sent and received. */
const RUN: Readonly<Record<string, (name: string, portal: PortalEmulator) => Promise<void>>> = {
  async 'first-program'(name, portal) {
    const path = placeProgram('service.mjs', codeOf(name), { kafkajs });
    // The second run joins the consumer group that the first run has left.
    for (const [index, signal] of (['SIGINT', 'SIGTERM'] as const).entries()) {
      const program = startProgram(path, portal.env);
      await program.says(/^\{"speed":312\}$/m);
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
  async confluent(name, portal) {
    const packages = { '@confluentinc/kafka-javascript': confluentFolder() };
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
