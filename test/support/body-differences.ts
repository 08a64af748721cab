import { first, setConfiguration, type Difference } from './different-portal.ts';

const WORKSPACES = '/workspaces';
const SETTINGS = '/broker/librdkafka';
const TOPICS = '/topics';

/** Differences in JSON bodies with status 200, with the lines that `quix-auth verify` prints. */
export const BODY_DIFFERENCES: readonly Difference[] = [
  {
    title: 'a renamed field',
    path: TOPICS,
    change: (response) => {
      const { name, ...others } = first(response);
      response.body = [{ ...others, topicName: name }];
    },
    findings: { topics: ['✗ [].name is missing', '+ [].topicName is new (string)'] },
    skipped: ['topic', 'topic-id'],
    isShown: true,
  },
  {
    title: 'an additional field',
    path: TOPICS,
    change: (response) => (first(response)['region'] = 'eu'),
    findings: { topics: ['+ [].region is new (string)'] },
  },
  {
    title: 'a number instead of a string',
    path: WORKSPACES,
    change: (response) => (first(response)['status'] = 4),
    findings: { workspaces: ['✗ [].status is a number, expected a string'] },
    isShown: true,
  },
  {
    title: 'a string instead of a number',
    path: TOPICS,
    change: (response) => {
      setConfiguration(response, { partitions: '1' });
    },
    findings: { topics: ['✗ [].configuration.partitions is a string, expected a number'] },
  },
  {
    title: 'null for a required field',
    path: SETTINGS,
    change: (response) => (first(response)['security.protocol'] = null),
    findings: { 'broker-settings': ['✗ security.protocol is null, expected a string'] },
  },
  {
    title: 'an object instead of an array',
    path: WORKSPACES,
    change: (response) => (response.body = { items: response.body }),
    findings: {
      workspaces: ['✗ the body is an object, expected an array'],
      'token-2-workspace': ['✗ the second token has no access to the environment'],
    },
    skipped: ['one-environment'],
  },
  {
    title: 'another type of a field that the code does not read',
    path: WORKSPACES,
    change: (response) => (first(response)['version'] = '2'),
    findings: { workspaces: ['✗ [].version is a string, expected a number'] },
  },
  {
    title: 'an optional field that is missing',
    path: '/topics/f1-data',
    change: (response) => delete first(response)['persisted'],
    findings: { topic: ['· optional and missing: persisted, errorStatus, lastError'] },
  },
  {
    title: 'an unknown status',
    path: '/topics/f1-data',
    change: (response) => (first(response)['status'] = 'Paused'),
    findings: { topic: ['+ status has a value that no source names'] },
  },
  {
    title: 'an id that the library does not accept',
    path: '/topics/f1-data',
    change: (response) => (first(response)['id'] = 'a topic'),
    findings: { topic: ['✗ id is not a plain id'] },
  },
  {
    title: 'an unknown protocol',
    path: SETTINGS,
    change: (response) => (first(response)['security.protocol'] = 'QUIC'),
    findings: { 'broker-settings': ['✗ the client rejects security.protocol (QUIX_UNSUPPORTED)'] },
  },
  {
    title: 'a mechanism that no Kafka client supports',
    path: SETTINGS,
    change: (response) => (first(response)['sasl.mechanism'] = 'AWS_MSK_IAM'),
    findings: { 'broker-settings': ['✗ no adapter supports the value of sasl.mechanism'] },
  },
  {
    title: 'a certificate that is not base64',
    path: SETTINGS,
    change: (response) => (first(response)['ssl.ca.cert'] = '(see the wiki)'),
    findings: {
      'broker-settings': [
        '· optional and missing: sasl.mechanisms, ssl.ca.pem, client.id',
        '✗ the client rejects ssl.ca.cert (QUIX_BAD_RESPONSE)',
      ],
    },
    isShown: true,
  },
  {
    title: 'false instead of true',
    path: '/auth/permissions/query',
    change: (response) => (response.body = false),
    findings: { permission: ['✗ the body is false, expected true'] },
  },
  {
    title: 'fields of the token',
    path: '/auth/token/details',
    change: (response) => (response.body = { label: 'Token 1', scopes: ['read'] }),
    findings: { 'token-details': ['+ label is new (string)', '+ scopes is new (array)'] },
  },
  {
    title: 'an empty array',
    path: TOPICS,
    change: (response) => (response.body = []),
    findings: {},
    skipped: ['topics', 'topic', 'topic-id'],
  },
  {
    title: 'a second environment',
    path: WORKSPACES,
    change: (response) => {
      response.body = [first(response), { ...first(response), workspaceId: 'org-project-prod' }];
    },
    findings: { 'one-environment': ['✗ 2 environments, expected 1'] },
  },
  {
    title: 'another environment than the requested one',
    path: '/workspaces/org-project-dev',
    change: (response) => (first(response)['workspaceId'] = 'org-project-prod'),
    findings: { workspace: ['✗ the response contains another workspace than the requested one'] },
  },
  {
    title: 'another topic than the requested one',
    path: '/topics/f1-data',
    change: (response) => (first(response)['id'] = 'org-project-dev-f2-data'),
    findings: { topic: ['✗ the response contains another topic than the requested one'] },
  },
  {
    title: 'a topic id without the prefix',
    path: TOPICS,
    change: (response) => (first(response)['id'] = 'f1-data'),
    findings: {
      topic: ['✗ the response contains another topic than the requested one'],
      'topic-id': ['✗ 0 of 1 topics have the expected id'],
    },
  },
  {
    title: 'an unknown type of broker',
    path: '/workspaces/org-project-dev',
    change: (response) => (first(response)['brokerType'] = 'Rabbit MQ'),
    findings: { workspace: ['+ brokerType has a value that no source names'] },
  },
  {
    title: 'an unknown cleanup policy',
    path: TOPICS,
    change: (response) => {
      setConfiguration(response, { cleanupPolicy: 'Archive' });
    },
    findings: { topics: ['+ [].configuration.cleanupPolicy has a value that no source names'] },
  },
  {
    title: 'SASL without a user name',
    path: SETTINGS,
    change: (response) => delete first(response)['sasl.username'],
    findings: {
      'broker-settings': [
        '· optional and missing: sasl.mechanisms, sasl.username, ssl.ca.cert, ssl.ca.pem, client.id',
        '✗ the client rejects sasl.username (QUIX_BAD_RESPONSE)',
      ],
    },
  },
  {
    title: 'SASL without a mechanism',
    path: SETTINGS,
    change: (response) => delete first(response)['sasl.mechanism'],
    findings: {
      'broker-settings': [
        '· optional and missing: sasl.mechanism, sasl.mechanisms, ssl.ca.cert, ssl.ca.pem, client.id',
        '✗ the client rejects sasl.mechanism (QUIX_BAD_RESPONSE)',
      ],
    },
  },
  {
    title: 'a mechanism without a user name and a password',
    path: SETTINGS,
    change: (response) => {
      response.body = {
        'bootstrap.servers': 'localhost:9092',
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'CUSTOM',
      };
    },
    findings: {
      'broker-settings': [
        '· optional and missing: sasl.mechanisms, sasl.username, sasl.password, ssl.ca.cert, ssl.ca.pem, client.id',
        '✗ the client rejects sasl.mechanism (QUIX_UNSUPPORTED)',
      ],
    },
  },
  {
    title: 'a blank list of brokers',
    path: SETTINGS,
    change: (response) => (first(response)['bootstrap.servers'] = ' '),
    findings: { 'broker-settings': ['✗ the client rejects bootstrap.servers (QUIX_BAD_RESPONSE)'] },
  },
  {
    title: 'a broker without a host',
    path: SETTINGS,
    change: (response) => (first(response)['bootstrap.servers'] = 'localhost:9092,:9093'),
    findings: {
      'broker-settings': [
        '+ the client ignores all or a part of bootstrap.servers (BROKER_SETTING_IGNORED)',
      ],
    },
  },
  {
    title: 'a property that the client ignores',
    path: SETTINGS,
    change: (response) => (first(response)['plugin.library.paths'] = '/tmp/plugin.so'),
    findings: {
      'broker-settings': [
        '+ plugin.library.paths is new (string)',
        '+ the client ignores all or a part of plugin.library.paths (BROKER_SETTING_IGNORED)',
      ],
    },
  },
  {
    title: 'a property that is not a string',
    path: SETTINGS,
    change: (response) => (first(response)['client.limits'] = { max: 1 }),
    findings: {
      'broker-settings': [
        '+ client.limits is new (object)',
        '+ the client ignores all or a part of client.limits (BROKER_SETTING_IGNORED)',
      ],
    },
  },
  {
    title: 'false instead of an object',
    path: '/auth/token/details',
    change: (response) => (response.body = false),
    findings: { 'token-details': ['+ the body is a boolean, expected an object'] },
  },
];
