import { rootCertificates } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import { parseBrokerSettings } from '../../src/credentials/broker-settings.ts';
import type { BrokerSettingsResponse } from '../../src/portal/index.ts';
import { errorThrown } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { logWarnings } from '../support/warnings.ts';

const [pem = ''] = rootCertificates;
const password = randomSecret('pw-');
const response = {
  'bootstrap.servers': 'a.example:9093,b.example:9093',
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'SCRAM-SHA-512',
  'sasl.username': 'org-dev',
  'sasl.password': password,
  'ssl.ca.cert': Buffer.from(pem).toString('base64'),
  'client.id': 'org-dev-client',
};

const token = randomSecret();
const context = { workspaceId: 'org-dev', token, warn: (): void => undefined };
const parse = (change: Partial<BrokerSettingsResponse> = {}) =>
  parseBrokerSettings({ ...response, ...change }, context);

/** Returns the error for a response with these changes, after checking that it does not contain the password. */
function rejection(change: Partial<BrokerSettingsResponse>): QuixError {
  const error = errorThrown(() => parse(change));
  expectNoLeak(error, [password]);
  return error;
}

describe('parseBrokerSettings()', () => {
  it('reads all fields of a complete response', () => {
    expect(parse()).toEqual({
      workspaceId: 'org-dev',
      brokers: ['a.example:9093', 'b.example:9093'],
      securityProtocol: 'SASL_SSL',
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'org-dev', password },
      ca: `${pem}\n`,
      clientId: 'org-dev-client',
      settings: {},
      secretSettings: {},
    });
  });

  it('accepts a response with the required fields only', () => {
    const least = { 'bootstrap.servers': 'b', 'security.protocol': 'plaintext' };
    expect(parseBrokerSettings(least, { ...context, workspaceId: 'w' })).toEqual({
      workspaceId: 'w',
      brokers: ['b:9092'],
      securityProtocol: 'PLAINTEXT',
      settings: {},
      secretSettings: {},
    });
  });

  it.each([
    ['SASL_SSL', 'SASL_SSL'],
    ['sasl_ssl', 'SASL_SSL'],
    ['SaslSsl', 'SASL_SSL'],
    ['SASL-SSL', 'SASL_SSL'],
    [' sasl ssl ', 'SASL_SSL'],
    ['sasl_plaintext', 'SASL_PLAINTEXT'],
    ['ssl', 'SSL'],
    ['Ssl', 'SSL'],
    ['PlainText', 'PLAINTEXT'],
  ])('reads the protocol %j as %s', (given, protocol) => {
    expect(parse({ 'security.protocol': given }).securityProtocol).toBe(protocol);
  });

  it.each(['', 'tls', 'SASL', 'SASL_SSL_2', 'http', '__proto__', 'constructor'])(
    'rejects the protocol %j and lists the supported ones',
    (given) => {
      const error = rejection({ 'security.protocol': given });
      expect(error.code).toBe('QUIX_UNSUPPORTED');
      expect(error.message).toContain('"security.protocol"');
      expect(error.hint).toMatch(/\bPLAINTEXT\b.*\bSSL\b.*\bSASL_PLAINTEXT\b.*\bSASL_SSL\b/);
    },
  );

  it.each([
    ['PLAIN', 'PLAIN'],
    ['plain', 'PLAIN'],
    ['ScramSha256', 'SCRAM-SHA-256'],
    ['SCRAM_SHA_512', 'SCRAM-SHA-512'],
    ['scram-sha-512', 'SCRAM-SHA-512'],
    ['OAuthBearer', 'OAUTHBEARER'],
    ['Gssapi', 'GSSAPI'],
    ['aws_msk_iam', 'AWS_MSK_IAM'],
    ['SCRAM-SHA-1024', 'SCRAM-SHA-1024'],
  ])('reads the mechanism %j as %s', (given, mechanism) => {
    expect(parse({ 'sasl.mechanism': given }).sasl?.mechanism).toBe(mechanism);
  });

  it.each([undefined, null, '', ' '])(
    'reads the mechanism from either field when the other one is %j',
    (none) => {
      expect(parse({ 'sasl.mechanism': none, 'sasl.mechanisms': 'PLAIN' }).sasl?.mechanism).toBe(
        'PLAIN',
      );
      expect(parse({ 'sasl.mechanism': 'PLAIN', 'sasl.mechanisms': none }).sasl?.mechanism).toBe(
        'PLAIN',
      );
    },
  );

  it.each<[keyof BrokerSettingsResponse, string | null | undefined]>([
    ['bootstrap.servers', 'no broker'],
    ['bootstrap.servers', ','],
    ['sasl.mechanism', undefined],
    ['sasl.mechanism', 'PLAIN,SCRAM-SHA-256'],
    ['sasl.mechanism', 'X'.repeat(21)],
    ['sasl.mechanism', '…'],
    ['sasl.username', undefined],
    ['sasl.username', null],
    ['sasl.username', ''],
    ['sasl.password', undefined],
    ['sasl.password', null],
    ['sasl.password', ''],
    ['ssl.ca.cert', 'AAAA'],
    ['ssl.ca.cert', '???'],
  ])('rejects the field %s with the value %j and names the field', (field, value) => {
    const error = rejection({ [field]: value });
    expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', retryable: false });
    expect(error.summary).toMatch(new RegExp(`"${field}" \\w[^"]*\\.$`));
    expect(error.hint).toMatch(/\w/);
  });

  it.each<keyof BrokerSettingsResponse>([
    'bootstrap.servers',
    'security.protocol',
    'sasl.mechanism',
    'ssl.ca.cert',
  ])('does not repeat the value of %s, which may be a secret', (field) => {
    expect(rejection({ [field]: `${password} !` }).message).toContain(`"${field}"`);
  });

  it.each(['OAUTHBEARER', 'GSSAPI', 'FUTURE-1'])(
    'reports %s as unsupported if the user name or the password is missing',
    (mechanism) => {
      for (const missing of ['sasl.username', 'sasl.password']) {
        const error = rejection({ 'sasl.mechanism': mechanism, [missing]: null });
        expect(error.code).toBe('QUIX_UNSUPPORTED');
        expect(error.summary).toContain(mechanism);
      }
    },
  );

  it('ignores a broker that contains the token, and a client id that contains a secret', () => {
    const warnings = logWarnings();
    const given = { ...response, 'bootstrap.servers': `a:1,${token}:9093`, 'client.id': password };
    const { brokers, clientId } = parseBrokerSettings(given, { ...context, warn: warnings.warn });
    expect({ brokers, clientId }).toEqual({ brokers: ['a:1'], clientId: undefined });
    expect(warnings.all.map(({ about }) => about)).toEqual(['bootstrap.servers', 'client.id']);
    expectNoLeak(warnings.all, [token, password]);
  });

  it('keeps white space around the password, because it can be part of the password', () => {
    expect(parse({ 'sasl.password': ' pw ' }).sasl?.password).toBe(' pw ');
  });

  it.each(['PLAINTEXT', 'SSL'])('ignores the login fields when the protocol is %s', (protocol) => {
    expect(parse({ 'security.protocol': protocol }).sasl).toBeUndefined();
    expect(
      parse({ 'security.protocol': protocol, 'sasl.password': null, 'sasl.mechanism': '…' }).sasl,
    ).toBeUndefined();
  });

  it.each([undefined, null, '', ' \n'])(
    'reads %j as an absent CA and an absent client id',
    (none) => {
      const settings = parse({ 'ssl.ca.cert': none, 'client.id': none });
      expect(settings.ca).toBeUndefined();
      expect(settings.clientId).toBeUndefined();
    },
  );

  it('returns settings or throws a QuixError without the password for any texts', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', password, `${password}:9093`, ...Object.values(response).map(String)),
    );
    const change = fc.record(
      Object.fromEntries(
        Object.keys(response).map((key) => [
          key,
          key === 'sasl.password' ? fc.constant(password) : text,
        ]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(change, (given) => {
        try {
          expect(parse(given).brokers.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(QuixError);
          expectNoLeak(error, [password]);
        }
      }),
      { numRuns: 50 },
    );
  });
});
