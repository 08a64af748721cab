import type { PortalTopicOptions } from 'quix-streams-auth/testing';
import { isRecord } from '../compare.ts';
import type { TableCase } from './table-case.ts';

const getTopic = { call: 'applicationTopic', properties: ['id'] } as const;

const withTopic = (topic: PortalTopicOptions): Pick<TableCase, 'portal' | 'input'> => ({
  portal: { topics: [topic] },
  input: { topic: topic.name, topicTimeoutMs: 1_500 },
});

/** Cases of `Application.topic()`, which uses `QuixTopicManager`, and of the list of topics. */
export const topics: readonly TableCase[] = [
  { title: 'existing topic', ...getTopic, input: { topic: 'f1-data' } },
  {
    title: 'external topic (id without prefix)',
    ...getTopic,
    ...withTopic({ name: 'legacy', external: true }),
  },
  {
    title: 'topic with an id that does not contain its name',
    ...getTopic,
    ...withTopic({ name: 'topic-out', id: 'org-project-dev-topic_out' }),
  },
  {
    title: 'list of topics',
    upstreamTests: ['test_get_topics'],
    call: 'topics',
    portal: { topics: ['topic_in', { name: 'topic-out', id: 'org-project-dev-topic_out' }] },
  },
  {
    title: 'existing topic with another configuration',
    call: 'applicationTopic',
    portal: { topics: [{ name: 'configured', configuration: { partitions: 7 } }] },
    input: { topic: 'configured', configuration: { partitions: 5, replicationFactor: 1 } },
    properties: ['partitions', 'replicationFactor'],
  },
  {
    title: 'missing topic, created on first use',
    ...getTopic,
    input: { topic: 'brand-new' },
  },
  {
    title: 'missing topic, created with the defaults of the Portal',
    call: 'applicationTopic',
    input: { topic: 'with-defaults' },
    properties: ['partitions', 'replicationFactor', 'retentionInMinutes'],
  },
  {
    title: 'missing topic, created with a configuration',
    upstreamTests: ['test_quix_topic', 'test_topic_name_and_config'],
    call: 'applicationTopic',
    input: {
      topic: 'configured',
      configuration: {
        partitions: 5,
        replicationFactor: 1,
        retentionInMinutes: 60,
        cleanupPolicy: 'compact',
      },
    },
    properties: ['partitions', 'replicationFactor', 'retentionInMinutes', 'cleanupPolicy'],
  },
  {
    title: 'missing topic, and topics are not created automatically',
    ...getTopic,
    input: { topic: 'unknown', create: false },
  },
  {
    title: 'missing topic, and the token may not create topics',
    ...getTopic,
    portal: {},
    token: 'read-only',
    input: { topic: 'brand-new' },
    errorText: 'permission Create',
  },
  {
    title: 'missing topic, created by another process at the same time',
    ...getTopic,
    portal: { topics: ['raced'] },
    faults: [
      { match: '/topics/raced', status: 404 },
      { match: ({ method, url }) => method === 'GET' && url.endsWith('/topics'), body: [] },
    ],
    input: { topic: 'raced' },
    properties: ['id', 'status of POST'],
    observe: ({ requests }, topic) => ({
      ...(isRecord(topic) && topic),
      'status of POST': requests.find(({ method }) => method === 'POST')?.status,
    }),
  },
  {
    title: 'name of an existing topic in upper case',
    ...getTopic,
    input: { topic: 'F1-DATA' },
    better:
      'The Portal ignores case, so it refuses to create `F1-DATA`. The official client then reports that the topic does not exist.',
  },
  {
    title: 'id of a topic instead of its name',
    ...getTopic,
    input: { topic: 'org-project-dev-f1-data' },
    better: 'The official client creates another topic.',
  },
  {
    title: 'id of a topic in another environment',
    ...getTopic,
    portal: {
      workspaces: [
        { workspaceId: 'org-project-dev' },
        { workspaceId: 'org-project-prod', topics: ['orders'] },
      ],
    },
    token: 'personal',
    input: { workspaceId: 'org-project-dev', topic: 'org-project-prod-orders' },
    errorText: 'org-project-prod',
    better: 'The official client creates a topic in the wrong environment.',
  },
  {
    title: 'new topic that is ready after 300 ms',
    upstreamTests: ['test_wait_for_topic_ready_statuses'],
    ...getTopic,
    portal: { topicCreationMs: 300 },
    input: { topic: 'slow' },
    properties: ['id', 'status'],
    observe: ({ topics: all }, topic) => ({
      ...(isRecord(topic) && topic),
      status: [...all.values()].find(({ name }) => name === 'slow')?.status,
    }),
  },
  {
    title: 'topic that is not ready in time',
    upstreamTests: ['test_wait_for_topic_ready_statuses_timeout'],
    ...getTopic,
    ...withTopic({ name: 'stuck', status: 'Creating' }),
    errorText: 'stuck',
  },
  {
    title: 'topic with an error',
    upstreamTests: ['test_wait_for_topic_ready_statuses_error'],
    ...getTopic,
    ...withTopic({ name: 'broken', status: 'Error', lastError: 'No quota left.' }),
    errorText: 'No quota left.',
  },
  {
    title: 'topic that is being deleted',
    ...getTopic,
    ...withTopic({ name: 'old', status: 'Deleting' }),
    errorText: 'being deleted',
    better: 'The message names the cause.',
  },
  {
    title: 'topic that is being updated',
    ...getTopic,
    ...withTopic({ name: 'updated', status: 'Updating' }),
    better: 'The topic accepts messages during an update.',
  },
  {
    title: 'time to wait for an existing topic that is ready',
    call: 'topicWait',
    input: { topic: 'f1-data', topicTimeoutMs: 2_000 },
    better: 'The official client waits before its first request for the status.',
  },
  {
    title: 'time to wait for a topic that is not ready, with a limit of 2 s',
    call: 'topicWait',
    ...withTopic({ name: 'stuck', status: 'Creating' }),
    input: { topic: 'stuck', topicTimeoutMs: 2_000 },
    better:
      'The option `topic_create_timeout` of `Application` does not have an effect on this wait.',
  },
];
