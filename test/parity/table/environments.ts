import type { PortalEmulatorOptions } from 'quix-streams-auth/testing';
import type { Row } from './row.ts';

const twoEnvironments: PortalEmulatorOptions = {
  workspaces: [
    { workspaceId: 'org-project-dev', name: 'Development', topics: ['f1-data'] },
    { workspaceId: 'org-project-prod', name: 'Production', topics: ['orders'] },
  ],
};

/** Situations of `QuixKafkaConfigsBuilder` that concern the search for the environment. */
export const environments: readonly Row[] = [
  {
    title: 'the environment with this id',
    upstream: 'test_search_for_workspace_id, test_get_workspace_info_has_wid',
    call: 'workspace',
    input: { workspaceId: 'org-project-dev' },
  },
  {
    title: 'the environment with this name',
    upstream: 'test_search_for_workspace_non_id',
    call: 'workspace',
    portal: twoEnvironments,
    input: { workspaceId: 'Development' },
  },
  {
    title: 'broker settings of the environment with this name',
    call: 'settings',
    portal: twoEnvironments,
    input: { workspaceId: 'Development' },
    properties: ['sasl.username'],
    difference: {
      verdict: 'better',
      reason: 'The official client accepts a name only when it looks up the environment.',
    },
  },
  {
    title: 'the only environment of the token',
    upstream: 'test_no_workspace_id_warning, test_get_workspace_info_no_wid_one_ws',
    call: 'workspace',
  },
  {
    title: 'broker type of an environment of platform version 1',
    upstream: 'test_get_workspace_info_no_wid_one_ws_v1',
    call: 'brokerType',
    portal: { workspaces: [{ workspaceId: 'org-project-dev', version: 1 }] },
  },
  {
    title: 'unknown id of an environment',
    call: 'workspace',
    input: { workspaceId: 'org-project-dve' },
    mentions: 'org-project-dev',
    difference: {
      verdict: 'better',
      reason: 'The message of this package names the environments that the token has access to.',
    },
  },
  {
    title: 'id of an environment without access',
    call: 'settings',
    portal: twoEnvironments,
    input: { workspaceId: 'org-project-prod' },
  },
  {
    title: 'the token has access to no environment',
    upstream: 'test_get_workspace_info_no_wid_not_found',
    call: 'workspace',
    portal: twoEnvironments,
    token: 'without environments',
    difference: {
      verdict: 'better',
      reason: 'The message of the official client says that there are several environments.',
    },
  },
  {
    title: 'several environments, no topic',
    upstream: 'test_search_for_topic_workspace_no_topic',
    call: 'workspace',
    portal: twoEnvironments,
    token: 'personal',
  },
  {
    title: 'several environments, id of a topic',
    upstream: 'test_search_workspace_for_topic_match_id',
    call: 'workspace',
    portal: twoEnvironments,
    token: 'personal',
    input: { topic: 'org-project-prod-orders' },
  },
  {
    title: 'several environments, name of a topic',
    upstream: 'test_search_for_topic_workspace_match, test_search_workspace_for_topic_match_name',
    call: 'workspace',
    portal: twoEnvironments,
    token: 'personal',
    input: { topic: 'orders' },
    difference: {
      verdict: 'different',
      reason:
        'Several environments can have a topic with this name. The official client uses the first one in the list.',
    },
  },
  {
    title: 'several environments, unknown topic',
    upstream: 'test_search_for_topic_workspace_no_match, test_search_workspace_for_topic_no_match',
    call: 'workspace',
    portal: twoEnvironments,
    token: 'personal',
    input: { topic: 'unknown' },
  },
  {
    title: 'the environment is being deleted',
    call: 'workspace',
    portal: { workspaces: [{ workspaceId: 'org-project-dev', status: 'Deleting' }] },
    difference: {
      verdict: 'different',
      reason:
        'A service should not start in such an environment. The former C# client failed, too.',
    },
  },
  {
    title: 'list of topics, environment not set',
    upstream: 'test_no_workspace_id_provided',
    call: 'apiTopics',
    difference: {
      verdict: 'better',
      reason:
        'This package finds the environment first. In the official client, only `QuixKafkaConfigsBuilder` does.',
    },
  },
];

/** Situations of `QuixKafkaConfigsBuilder` that concern broker settings and names. */
export const brokers: readonly Row[] = [
  {
    title: 'all settings, with a private CA as PEM',
    upstream: 'test_librdkafka_connection_config',
    call: 'settings',
  },
  {
    title: 'CA in the zip file of the Portal',
    upstream: 'test_get_workspace_certificate',
    call: 'certificate',
    input: { workspaceId: 'org-project-dev' },
  },
  {
    title: 'no CA',
    call: 'settings',
    portal: { broker: { securityProtocol: 'SASL_SSL' } },
    properties: ['security.protocol', 'ssl.ca.pem'],
  },
  {
    title: 'empty CA',
    call: 'settings',
    portal: { broker: { ca: '' } },
    properties: ['ssl.ca.pem'],
    difference: {
      verdict: 'better',
      reason:
        'An empty text is not a certificate. Telegraf could not connect with it (issue 16856).',
    },
  },
  {
    title: 'Confluent Cloud, with a client id and SASL PLAIN',
    call: 'settings',
    portal: {
      workspaces: [{ workspaceId: 'org-project-dev', brokerType: 'ConfluentCloud' }],
      broker: { sasl: { mechanism: 'PLAIN' }, clientId: 'cloud-client' },
    },
    properties: ['sasl.mechanism', 'client.id'],
  },
  {
    title: 'broker without TLS and login',
    call: 'settings',
    portal: { broker: { securityProtocol: 'PLAINTEXT' } },
    properties: ['security.protocol', 'sasl.username'],
  },
  {
    title: 'a setting that the official client does not know',
    call: 'settings',
    portal: { broker: { raw: { 'socket.timeout.ms': '45000' } } },
    properties: ['socket.timeout.ms'],
    difference: {
      verdict: 'better',
      reason: 'The Portal may send more settings in the future.',
    },
  },
  {
    title: 'consumer group without the prefix',
    upstream: 'test_prepend_workspace_id',
    call: 'group',
    input: { group: 'my-service' },
  },
  {
    title: 'consumer group with the prefix',
    upstream: 'test_prepend_workspace_id',
    call: 'group',
    input: { group: 'org-project-dev-my-service' },
  },
  {
    title: 'consumer group that begins with the id, without a dash',
    call: 'group',
    input: { group: 'org-project-devices' },
    difference: {
      verdict: 'better',
      reason: 'The access rules of the broker require the prefix with the dash.',
    },
  },
];
