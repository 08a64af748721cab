import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { knownNames } from '../../src/cli/verify/expected.ts';
import { NameFilter, WITHHELD } from '../../src/cli/verify/names.ts';
import { jwt } from '../support/jwt.ts';
import { randomSecret } from '../support/leaks.ts';

const filter = (known: string[] = [], secrets: string[] = []): NameFilter =>
  new NameFilter(known, secrets);

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
])('shows the readable name %s', (name) => {
  expect(filter().show(name)).toBe(name);
});

const hash = createHash('sha256').update('a fixed text').digest();

it.each([
  ['a streaming token', randomSecret()],
  ['a Personal Access Token', randomSecret('pat-')],
  ['a JWT', jwt({ sub: 'someone' })],
  ['hexadecimal digits', hash.toString('hex')],
  ['base64', hash.toString('base64')],
  ['base64url, short', hash.toString('base64url').slice(0, 12)],
  ['a UUID', '0b7c1c53-2f4e-4f53-9d5a-6ac8e05d7d39'],
  ['random lower-case letters', 'qzkxwvtrplmnbdgh'],
  ['random letters', 'QkzXwVbTrPlMnaBe'],
  ['words without a separator', 'correcthorsebatterystaple'],
  ['an e-mail address', 'someone@example.com'],
  ['a name with a space', 'my password'],
  ['a long name', 'a.name.'.repeat(10)],
  ['an escape sequence', 'name\u001b[31m'],
  ['another script', 'пароль'],
  ['a line break', 'name\nname'],
  ['nothing', ''],
  ['a prototype', '__proto__'],
])('withholds %s', (_, name) => {
  expect(filter().show(name)).toBe(WITHHELD);
});

it('withholds a name that is also a text in an answer', () => {
  const names = filter();
  names.addValues([{ topics: { list: ['f1-data'] }, owner: 'Alice' }]);
  expect(['alice', 'Alice', 'owner'].map((name) => names.show(name))).toEqual([
    WITHHELD,
    WITHHELD,
    'owner',
  ]);
});

it('withholds a name that contains a secret', () => {
  const names = filter([], ['open-sesame-please']);
  expect(names.show('open-sesame-please')).toBe(WITHHELD);
  expect(names.show('x-open-sesame-please')).toBe(WITHHELD);
});

it('always shows known names, also if an answer contains them as a text', () => {
  const names = filter(['status']);
  names.addValues('status');
  expect(names.show('status')).toBe('status');
});

it('would show all names that the code and the sources contain', () => {
  const withheld = knownNames().filter((name) => filter().show(name) === WITHHELD);
  expect(withheld).toEqual([]);
});
