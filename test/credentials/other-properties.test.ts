import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOtherProperties } from '../../src/credentials/other-properties.ts';
import { Redactor } from '../../src/token/index.ts';
import { randomSecret } from '../support/leaks.ts';
import { logWarnings } from '../support/warnings.ts';

const secret = randomSecret('pw-');
const redactor = new Redactor([secret]);

function read(response: Record<string, unknown>) {
  const warnings = logWarnings();
  return { ...readOtherProperties(response, redactor, warnings.warn), warnings };
}

describe('readOtherProperties()', () => {
  it('ignores properties with a field in BrokerSettings, and does not warn about them', () => {
    const names = ['bootstrap.servers', 'security.protocol', 'client.id', 'ssl.ca.pem'];
    const login = ['sasl.mechanism', 'sasl.mechanisms', 'sasl.username', 'sasl.password'];
    const all = [...names, ...login, 'ssl.ca.cert'].map((name) => [name, 'x']);
    const { settings, secretSettings, warnings } = read(Object.fromEntries(all) as never);
    expect({ settings, secretSettings, codes: warnings.codes }).toEqual({
      settings: {},
      secretSettings: {},
      codes: [],
    });
  });

  it('returns the properties in the same order for any order in the response', () => {
    const [a, b] = [{ 'client.rack': 'x' }, { 'broker.address.family': 'v4' }];
    expect(JSON.stringify(read({ ...a, ...b }).settings)).toBe(
      JSON.stringify(read({ ...b, ...a }).settings),
    );
  });

  it.each([
    'ssl.key.password',
    'ssl.keystore.password',
    'sasl.oauthbearer.client.secret',
    'sasl.oauthbearer.client.credentials.client.secret',
    'sasl.oauthbearer.assertion.private.key.passphrase',
    'sasl.oauthbearer.config',
    'sasl.jaas.config',
    'some.api.key',
    'some.token',
  ])('treats %s as secret', (name) => {
    const { settings, secretSettings } = read({ [name]: 'x' });
    expect(settings).toEqual({});
    expect(secretSettings).toEqual({ [name]: 'x' });
  });

  it.each(['socket.keepalive.enable', 'sticky.partitioning.linger.ms', 'ssl.curves.list'])(
    'does not treat %s as secret',
    (name) => {
      expect(read({ [name]: 'P-256' }).settings).toEqual({ [name]: 'P-256' });
    },
  );

  it('ignores both the key and the certificate if OpenSSL rejects one of them', () => {
    const { settings, secretSettings, warnings } = read({
      'ssl.certificate.pem': 'x',
      'ssl.key.pem': 'x',
      'ssl.key.password': 'x',
      'client.rack': 'zone-1',
    });
    expect({ settings, secretSettings }).toEqual({
      settings: { 'client.rack': 'zone-1' },
      secretSettings: {},
    });
    expect(warnings.all.map(({ about }) => about)).toEqual([
      'ssl.certificate.pem',
      'ssl.key.password',
      'ssl.key.pem',
    ]);
  });

  it('returns only printable text, and warns about each ignored property', () => {
    const word = fc.constantFrom(
      ...['ssl', 'sasl', 'ca', 'key', 'location', 'path', 'cb', 'debug', 'plugin', 'pem', 'A', '_'],
    );
    const name = fc.oneof(
      fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join('.')),
      fc.constantFrom('__proto__', 'constructor', 'toString'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue({ depthSize: 0 })), (response) => {
        const { settings, secretSettings, warnings } = read(response);
        const kept = { ...settings, ...secretSettings };
        for (const [key, value] of Object.entries(kept)) {
          expect(key).toMatch(/^[a-z][a-z0-9._]*$/);
          expect(key).not.toMatch(/location|path|cb|^debug$|plugin/);
          expect(value.replace(/[\t\r\n]/g, '')).not.toMatch(/\p{C}/u);
        }
        const isBlank = (value: unknown): boolean =>
          value === null || (typeof value === 'string' && value.trim() === '');
        const present = Object.values(response).filter((value) => !isBlank(value));
        expect(Object.keys(kept).length + warnings.all.length).toBe(present.length);
        const texts = JSON.stringify(warnings.all);
        expect(texts).not.toContain(secret);
      }),
      { numRuns: 50 },
    );
  });
});
