import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/errors.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { answer, startServer } from '../support/scripted-server.ts';
import { clientOf } from './scripted-portal.ts';

closeAfterEach();

const COUNT = 5_000;
const numbers = Array.from({ length: COUNT }, (_, index) => index);

/** Names and ids that are as long as those of real organizations, projects and environments. */
const workspaceId = (index: number): string =>
  `acme-industrial-analytics-telemetry-processing-environment-${index}`;
const topicName = (index: number): string => `factory-line-sensor-measurements-raw-${index}`;
const lastError = 'The broker did not confirm the configuration of the topic in time. '.repeat(3);

describe(`a Portal with ${COUNT} workspaces and topics`, () => {
  it(
    'returns all topics of a workspace, and finds a topic by its id',
    { meta: { faults: [114] } },
    async () => {
      const portal = await startPortal({ workspaces: [{ workspaceId: workspaceId(0) }] });
      for (const index of numbers) portal.addTopic({ name: topicName(index), lastError });
      const client = makeClient(portal);
      expect(await client.getTopics()).toHaveLength(COUNT);
      const last = topicName(COUNT - 1);
      const topic = await client.getTopic(`${workspaceId(0)}-${last}`);
      expect(topic).toMatchObject({ name: last, status: 'Ready' });
    },
  );

  it('finds a workspace by its name', { meta: { faults: [114] } }, async () => {
    const workspaces = numbers.map((index) => ({
      workspaceId: workspaceId(index),
      name: `Telemetry processing ${index}`,
    }));
    const portal = await startPortal({ workspaces });
    const client = makeClient(portal, {
      token: portal.addToken(),
      workspaceId: `Telemetry processing ${COUNT - 1}`,
    });
    expect((await client.getWorkspace()).id).toBe(workspaceId(COUNT - 1));
    expect((await client.getBrokerCredentials()).workspaceId).toBe(workspaceId(COUNT - 1));
  });
});

describe('a list that is longer than the limit', () => {
  it(
    'is reported with the limit, and is not requested again',
    { meta: { faults: [114] } },
    async () => {
      const server = await startServer(answer(200, `[${' '.repeat(8 << 20)}]`));
      const error = await errorOf(clientOf(server.origin).getTopics());
      expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', retryable: false });
      expect(error.message).toMatch(/the topics of .* longer than the limit of 8388608 bytes/);
      expect(server.heads).toHaveLength(1);
    },
  );
});
