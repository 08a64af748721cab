import { expect, it } from 'vitest';
import { knownNames } from '../../src/cli/verify/expected-shape.ts';
import { COMMON_HEADERS } from '../../src/cli/verify/headers.ts';
import { NameFilter, WITHHELD } from '../../src/cli/verify/name-filter.ts';
import { jwt } from '../support/jwt.ts';
import { randomSecret } from '../support/leaks.ts';

const redact = (name: string, ...values: readonly unknown[]): string => {
  const names = new NameFilter([...knownNames(), ...COMMON_HEADERS]);
  for (const value of values) names.addValues(value);
  return names.redact(name);
};

it.each([
  'id',
  'region',
  'createdBy',
  'lastModifiedDate',
  'brokerSecurityProtocol',
  'workspace_ids',
  'ssl.endpoint.identification.algorithm',
  'sasl.oauthbearer.token.endpoint.url',
  'x-ratelimit-remaining',
  'x-azure-ref',
  'cf-ray',
  'ipv4Address',
  'TOPIC_LIMITS',
])('shows %s, which consists of listed words', (name) => {
  expect(redact(name)).toBe(name);
});

it.each([
  ['a streaming token', randomSecret()],
  ['a Personal Access Token', randomSecret('pat-')],
  ['a JWT', jwt({ sub: 'someone' })],
  ['hexadecimal digits', randomSecret('')],
  ['a short random text', 'q7Xw'],
  ['a number', '4711'],
  ['a password with a word', 'Passw0rd'],
  ['a word and a digit', 'password1'],
  ['a word that is not listed', 'swordfish'],
  ['the name of a person', 'alice'],
  ['the name of a person after listed words', 'last-login-alice'],
  ['a host name', 'kafka-acme.internal'],
  ['words without a separator', 'correcthorsebatterystaple'],
  ['an e-mail address', 'name@example.com'],
  ['a name with a space', 'user password'],
  ['a long name', 'name.'.repeat(20)],
  ['an escape sequence', 'name\u001b[31m'],
  ['another script', 'пароль'],
  ['a line break', 'name\nname'],
  ['an empty name', ''],
  ['only separators', '---'],
  ['a prototype', '__proto__'],
])('withholds %s', (_, name) => {
  expect(redact(name)).toBe(WITHHELD);
});

it.each([
  ['a value', 'org-project-data', 'org-project-data'],
  ['a value in other letters', 'ORG_PROJECT_DATA', { list: ['org-project-data'] }],
  ['the beginning of a value with a port', 'data-gateway', { address: 'data-gateway:9093' }],
  ['one of several values', 'data-gateway', 'kafka:1,data-gateway:2'],
  ['a value and more words', 'x-org-project-data', 'org-project-data'],
  ['more words and a value', 'orgProject.retention', ['org-project']],
])('withholds a name that contains %s', (_, name, value) => {
  expect(redact(name)).toBe(name);
  expect(redact(name, value)).toBe(WITHHELD);
});

it.each([
  ['is a single listed word', 'brokerType', 'broker'],
  ['has other words', 'topicNames', 'f1-topic-name'],
  ['ends in the middle of a word', 'dataGateways', 'data-gate'],
])('shows a name although a value %s', (_, name, value) => {
  expect(redact(name, value)).toBe(name);
});

it('shows a known name although it is a value', () => {
  expect(redact('status', 'status')).toBe('status');
});

it('withholds a name that contains a value inside of 100 000 nested arrays', () => {
  const value: unknown = JSON.parse('['.repeat(100_000) + '"data-gateway"' + ']'.repeat(100_000));
  expect(redact('x-data-gateway', value)).toBe(WITHHELD);
});
