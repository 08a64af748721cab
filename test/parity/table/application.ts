import type { TableCase } from './table-case.ts';

/** Returns input in which the token, the Portal URL and `others` are variables. */
const inVariables =
  (others: Readonly<Record<string, string>>): NonNullable<TableCase['input']> =>
  ({ token1, url }) => ({
    token: undefined,
    portalApi: undefined,
    env: { Quix__Sdk__Token: token1, Quix__Portal__Api: url, ...others },
  });

/** Only this package sets this property itself. */
const kafkaConfig = { 'reconnect.backoff.max.ms': 1_000 };

/** Cases of `Application`, which a user of the official client creates. */
export const application: readonly TableCase[] = [
  {
    title: 'token and Portal URL as arguments',
    upstreamTests: ['test_init_with_quix_sdk_token_arg'],
    call: 'applicationSettings',
    input: { kafkaConfig },
  },
  {
    title: 'token, Portal URL and environment in variables',
    call: 'applicationSettings',
    input: inVariables({ Quix__Workspace__Id: 'org-project-dev' }),
    properties: ['bootstrap.servers', 'sasl.username'],
  },
  {
    title: 'Portal URL with a slash at the end',
    call: 'applicationSettings',
    input: ({ url }) => ({ portalApi: `${url}/` }),
    properties: ['bootstrap.servers'],
  },
  {
    title: 'no token as argument or in `Quix__Sdk__Token`',
    call: 'applicationSettings',
    token: 'none',
    errorText: 'Quix__Sdk__Token',
    better: 'The message names each place where this package looked for a token.',
  },
  {
    title: 'token with a line break at the end',
    call: 'applicationSettings',
    input: ({ token1 }) => ({ token: `${token1}\n` }),
    properties: ['sasl.username'],
    better: 'A token that comes from a file often ends with a line break.',
  },
  {
    title: 'no Portal URL',
    call: 'portal',
    input: { portalApi: undefined },
    different: 'Earlier versions of the official client had the same default.',
  },
  {
    title: 'unknown id of an environment in `Quix__Workspace__Id`',
    call: 'applicationSettings',
    input: inVariables({ Quix__Workspace__Id: 'org-project-dve' }),
  },
  {
    title: 'broker address and token in variables',
    call: 'applicationSettings',
    input: inVariables({ Quix__Broker__Address: 'localhost:9092' }),
    properties: ['bootstrap.servers', 'sasl.username'],
  },
  {
    title: 'broker address in a variable, token as argument',
    call: 'applicationSettings',
    input: { env: { Quix__Broker__Address: 'localhost:9092' } },
    properties: ['bootstrap.servers'],
    different:
      'Arguments have priority over variables. The warning `BROKER_VARIABLE_IGNORED` names the variable.',
  },
  {
    title: 'broker address as argument, no token',
    call: 'applicationSettings',
    token: 'none',
    input: { brokerAddress: 'localhost:9092' },
    properties: ['bootstrap.servers', 'sasl.username'],
  },
  {
    title: '`connections.max.idle.ms` set to 60 000 by the user',
    call: 'applicationSettings',
    input: { kafkaConfig: { 'connections.max.idle.ms': 60_000 } },
    properties: ['connections.max.idle.ms'],
    better: 'A value of the user has priority over a default.',
  },
  {
    title: '`reconnect.backoff.max.ms` not set by the user',
    call: 'applicationSettings',
    properties: ['reconnect.backoff.max.ms'],
    different: 'With the default of librdkafka, a client may wait 10 s after an outage.',
  },
  {
    title: 'consumer group',
    call: 'applicationGroup',
    input: { group: 'my-service' },
  },
  {
    title: 'no consumer group',
    call: 'applicationGroup',
  },
  {
    title: 'consumer group in `Quix__Consumer_Group`',
    call: 'applicationGroup',
    input: { env: { Quix__Consumer_Group: 'from-variable' } },
  },
  {
    title: 'consumer group, but an unknown id of an environment',
    call: 'applicationGroup',
    input: { group: 'my-service', workspaceId: 'org-project-dve' },
  },
  {
    title: 'transactional id',
    call: 'applicationTransactionalId',
    input: { transactionalId: 'my-service' },
  },
  {
    title: 'transactional id that already has the prefix',
    call: 'applicationTransactionalId',
    input: { transactionalId: 'org-project-dev-my-service' },
    better: 'The prefix is added only once, as both clients do for a consumer group.',
  },
  {
    title: 'header `X-Version` of all requests',
    call: 'applicationSettings',
    portal: {},
    observe: ({ requests }) => [...new Set(requests.map(({ headers }) => headers['x-version']))],
  },
];
