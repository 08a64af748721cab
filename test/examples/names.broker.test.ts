import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKafka, type KafkaCluster } from '../kafka/support/kafka-cluster.ts';
import { portalBroker } from '../kafka/support/portal-broker.ts';

const run = promisify(execFile);
let kafka: KafkaCluster;
let portal: PortalEmulator;

beforeAll(async () => {
  kafka = await startKafka({ acls: true });
  portal = await startPortalEmulator();
  portal.setBroker(portalBroker(kafka));
  await kafka.createTopic(`${portal.workspaceId}-f1-data`);
  await kafka.createTopic('f1-data');
  await kafka.allowPrefix(`${portal.workspaceId}-`);
});
afterAll(async () => {
  await portal.close();
  await kafka.stop();
});

describe('a broker with ACLs for the prefix of the workspace', () => {
  it('accepts the ids that examples/names.ts gets for its names', async () => {
    const path = fileURLToPath(new URL('../../examples/names.ts', import.meta.url));
    const { stdout } = await run(process.execPath, ['--import', 'tsx', path], {
      env: { PATH: process.env['PATH'], ...portal.env },
      timeout: 60_000,
    });
    expect(stdout).toContain(
      'topic org-project-dev-f1-data, group org-project-dev-my-service, transactional id org-project-dev-my-service',
    );
    expect(stdout).toContain('sent in a transaction, and received');
  });

  it('refuses the names themselves', async () => {
    await using quix = new QuixStreamingClient({ env: portal.env });
    const client = new Kafka(
      kafkaJSConfig(quix, { logLevel: logLevel.NOTHING, retry: { retries: 0 } }),
    );
    const producer = client.producer();
    await producer.connect();
    const send = producer.send({ topic: 'f1-data', messages: [{ value: 'x' }] });
    await expect(send).rejects.toThrow(/authorization failed/i);
    await producer.disconnect();
    const consumer = client.consumer({ groupId: 'my-service' });
    await consumer.connect();
    await consumer.subscribe({ topic: `${portal.workspaceId}-f1-data` });
    const crash = new Promise<Error>((resolve) => {
      consumer.on('consumer.crash', ({ payload }) => {
        resolve(payload.error);
      });
    });
    consumer.run({}).catch(() => undefined);
    // kafkajs reports GROUP_AUTHORIZATION_FAILED only in this form.
    expect((await crash).message).toMatch(/group coordinator/i);
    await consumer.disconnect();
  });
});
