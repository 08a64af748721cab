import type { PortalTopicOptions } from 'quix-streams-auth/testing';
import type { Row } from './row.ts';

const withTopic = (topic: PortalTopicOptions): Pick<Row, 'portal' | 'input'> => ({
  portal: { topics: [topic] },
  input: { topic: topic.name, topicTimeoutMs: 1_500 },
});

/** Situations of `Application.topic()`, which uses `QuixTopicManager`. */
export const topics: readonly Row[] = [
  {
    title: 'existing topic',
    upstream: 'test_quix_topic, test_topic_name_and_config',
    call: 'applicationTopic',
    input: { topic: 'f1-data' },
  },
  {
    title: 'external topic, which has no prefix',
    call: 'applicationTopic',
    ...withTopic({ name: 'legacy', external: true }),
  },
  {
    title: 'topic with an id that does not contain its name',
    upstream: 'test_get_topics',
    call: 'applicationTopic',
    ...withTopic({ name: 'topic-out', id: 'org-project-dev-topic_out' }),
  },
  {
    title: 'list of topics',
    upstream: 'test_get_topics',
    call: 'topics',
    portal: { topics: ['topic_in', { name: 'topic-out', id: 'org-project-dev-topic_out' }] },
  },
  {
    title: 'missing topic, which is created',
    call: 'applicationTopic',
    input: { topic: 'brand-new' },
  },
  {
    title: 'new topic without a configuration',
    call: 'createdTopic',
    input: { topic: 'with-defaults' },
    properties: ['partitions', 'replicationFactor', 'retentionInMinutes'],
  },
  {
    title: 'new topic with a configuration',
    call: 'createdTopic',
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
    title: 'changelog topic of a state store',
    upstream: 'test_quix_internal_topic',
    call: 'changelogTopic',
    input: { topic: 'f1-data', group: 'my-service' },
  },
  {
    title: 'missing topic, and topics are not created automatically',
    call: 'applicationTopic',
    input: { topic: 'unknown', create: false },
  },
  {
    title: 'topic that is ready after 300 ms',
    upstream: 'test_wait_for_topic_ready_statuses',
    call: 'applicationTopic',
    portal: { topicCreationMs: 300 },
    input: { topic: 'slow' },
  },
  {
    title: 'topic that is not ready in time',
    upstream: 'test_wait_for_topic_ready_statuses_timeout',
    call: 'applicationTopic',
    ...withTopic({ name: 'stuck', status: 'Creating' }),
    mentions: 'stuck',
  },
  {
    title: 'topic with an error',
    upstream: 'test_wait_for_topic_ready_statuses_error',
    call: 'applicationTopic',
    ...withTopic({ name: 'broken', status: 'Error', lastError: 'No quota left.' }),
    mentions: 'No quota left.',
  },
  {
    title: 'topic that is being deleted',
    call: 'applicationTopic',
    ...withTopic({ name: 'old', status: 'Deleting' }),
    difference: {
      verdict: 'better',
      reason:
        'This package fails immediately, and its message contains the status. The official client waits until its timeout.',
    },
  },
  {
    title: 'topic that is being updated',
    call: 'applicationTopic',
    ...withTopic({ name: 'updated', status: 'Updating' }),
    difference: { verdict: 'better', reason: 'The topic accepts messages during an update.' },
  },
  {
    title: 'id of a topic in place of its name',
    call: 'applicationTopic',
    portal: { topics: ['f1-data'] },
    input: { topic: 'org-project-dev-f1-data' },
    difference: {
      verdict: 'better',
      reason: 'This package finds the topic. The official client creates another one.',
    },
  },
  {
    title: 'id of a topic in another environment',
    call: 'applicationTopic',
    portal: {
      workspaces: [{ workspaceId: 'org-project-dev' }, { workspaceId: 'org-project-prod' }],
    },
    token: 'personal',
    input: { workspaceId: 'org-project-dev', topic: 'org-project-prod-orders' },
    difference: {
      verdict: 'better',
      reason:
        'The message of this package names both environments. The official client creates a topic in the wrong one.',
    },
  },
  {
    title: 'another process creates the topic at the same time',
    call: 'applicationTopic',
    portal: { topics: ['raced'] },
    faults: [
      { match: '/topics/raced', status: 404 },
      { match: ({ method, url }) => method === 'GET' && url.endsWith('/topics'), body: [] },
    ],
    input: { topic: 'raced' },
  },
  {
    title: 'name of an existing topic in upper case',
    call: 'applicationTopic',
    portal: { topics: ['f1-data'] },
    input: { topic: 'F1-DATA' },
    difference: {
      verdict: 'better',
      reason:
        'The Portal treats both names as the same, so a new topic cannot be created. This package uses the existing one.',
    },
  },
  {
    title: 'the token may not create topics',
    call: 'applicationTopic',
    token: 'read-only',
    input: { topic: 'brand-new' },
    mentions: 'permission Create',
  },
];
