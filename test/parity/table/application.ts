import type { Row } from './row.ts';

/** Situations of `Application`, which a user of the official client creates. */
export const application: readonly Row[] = [
  {
    title: 'token and Portal URL are arguments',
    upstream: 'test_init_with_quix_sdk_token_arg',
    call: 'applicationSettings',
    properties: [
      'bootstrap.servers',
      'security.protocol',
      'sasl.mechanism',
      'sasl.username',
      'sasl.password',
      'ssl.ca.pem',
      'connections.max.idle.ms',
      'metadata.max.age.ms',
    ],
  },
  {
    title: 'token, Portal URL and environment are variables',
    call: 'applicationSettings',
    inVariables: true,
    input: { workspaceId: 'org-project-dev' },
    properties: ['bootstrap.servers', 'sasl.username'],
  },
  {
    title: 'the Portal URL ends with a slash',
    call: 'applicationSettings',
    urlSuffix: '/',
    properties: ['bootstrap.servers'],
  },
  {
    title: 'token and `Quix__Sdk__Token` are missing',
    call: 'applicationSettings',
    token: 'none',
    mentions: 'Quix__Sdk__Token',
    difference: {
      verdict: 'better',
      reason: 'The message of this package names each place where it looked for a token.',
    },
  },
  {
    title: 'the token ends with a line break',
    call: 'applicationSettings',
    tokenSuffix: '\n',
    properties: ['sasl.username'],
    difference: {
      verdict: 'better',
      reason: 'A token that comes from a file often ends with a line break.',
    },
  },
  {
    title: 'the Portal URL is missing',
    call: 'portal',
    input: { portalApi: undefined },
    difference: {
      verdict: 'different',
      reason: 'The default is the public Quix Cloud. The official client removed the same default.',
    },
  },
  {
    title: 'the variable for the environment contains an unknown id',
    call: 'applicationSettings',
    inVariables: true,
    input: { workspaceId: 'org-project-dve' },
  },
  {
    title: 'a broker address and a token are variables',
    call: 'applicationSettings',
    inVariables: true,
    input: { env: { Quix__Broker__Address: 'localhost:9092' } },
    properties: ['bootstrap.servers', 'sasl.username'],
  },
  {
    title: 'the broker address is a variable and the token is an argument',
    call: 'applicationSettings',
    input: { env: { Quix__Broker__Address: 'localhost:9092' } },
    properties: ['bootstrap.servers'],
    difference: {
      verdict: 'different',
      reason:
        'In this package, arguments have precedence over variables. The warning `BROKER_VARIABLE_IGNORED` names the variable.',
    },
  },
  {
    title: 'a broker address is an argument, and there is no token',
    upstream: 'test_topic_init',
    call: 'applicationSettings',
    token: 'none',
    input: { brokerAddress: 'localhost:9092' },
    properties: ['bootstrap.servers', 'sasl.username'],
  },
  {
    title: 'the user sets `connections.max.idle.ms` to 60 000',
    call: 'applicationIdleTime',
    difference: {
      verdict: 'better',
      reason: 'In this package, a value of the user has precedence over a default.',
    },
  },
  {
    title: 'the consumer group gets the prefix of the environment',
    upstream: 'test_get_application_config',
    call: 'applicationGroup',
    input: { group: 'my-service' },
  },
  {
    title: 'the consumer group has no name',
    call: 'applicationGroup',
  },
  {
    title: 'the consumer group is in `Quix__Consumer_Group`',
    call: 'applicationGroup',
    input: { env: { Quix__Consumer_Group: 'from-variable' } },
  },
  {
    title: 'the transactional id gets the prefix of the environment',
    call: 'applicationTransactionalId',
    input: { transactionalId: 'my-service' },
  },
  {
    title: 'the transactional id already has the prefix',
    call: 'applicationTransactionalId',
    input: { transactionalId: 'org-project-dev-my-service' },
    difference: {
      verdict: 'better',
      reason: 'This package adds the prefix only once, as both clients do for a consumer group.',
    },
  },
  {
    title: 'values of the header `X-Version` in all requests',
    call: 'applicationSettings',
    header: 'x-version',
  },
];
