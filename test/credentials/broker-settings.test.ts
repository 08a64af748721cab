import { rootCertificates } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import { parseBrokerSettings } from '../../src/credentials/broker-settings.ts';
import type { BrokerSettingsAnswer } from '../../src/portal/index.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const [pem = ''] = rootCertificates;
const password = randomSecret('pw-');
const answer: BrokerSettingsAnswer = {
  'bootstrap.servers': 'a.example:9093,b.example:9093',
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'SCRAM-SHA-512',
  'sasl.username': 'org-dev',
  'sasl.password': password,
  'ssl.ca.cert': Buffer.from(pem).toString('base64'),
  'client.id': 'org-dev-client',
};

const parse = (change: Partial<BrokerSettingsAnswer> = {}) =>
  parseBrokerSettings({ ...answer, ...change }, 'org-dev');

function problem(change: Partial<BrokerSettingsAnswer>): QuixError {
  try {
    parse(change);
  } catch (error) {
    if (!(error instanceof QuixError)) throw error;
    expectNoLeak(error, [password]);
    return error;
  }
  throw new Error('It was accepted.');
}

describe('parseBrokerSettings', () => {
  it('says of what it cannot use where to look', () => {
    expect(problem({ 'sasl.username': null }).hint).toBe(
      'Check the environment in the Quix portal, or ask Quix support.',
    );
  });

  it('reads all that an answer may hold', () => {
    expect(parse()).toEqual({
      workspaceId: 'org-dev',
      brokers: ['a.example:9093', 'b.example:9093'],
      securityProtocol: 'SASL_SSL',
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'org-dev', password },
      ca: `${pem}\n`,
      clientId: 'org-dev-client',
    });
  });

  it('reads what an answer must hold', () => {
    const least = { 'bootstrap.servers': 'b', 'security.protocol': 'plaintext' };
    expect(parseBrokerSettings(least, 'w')).toEqual({
      workspaceId: 'w',
      brokers: ['b:9092'],
      securityProtocol: 'PLAINTEXT',
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
  ])('takes the protocol %j for %s', (given, protocol) => {
    expect(parse({ 'security.protocol': given }).securityProtocol).toBe(protocol);
  });

  it.each(['', 'tls', 'SASL', 'SASL_SSL_2', 'http', '__proto__', 'constructor'])(
    'does not support the protocol %j, and does not repeat it',
    (given) => {
      const error = problem({ 'security.protocol': given });
      expect(error.code).toBe('QUIX_UNSUPPORTED');
      expect(error.message).toContain('"security.protocol"');
      expect(error.hint).toContain('Known are PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL.');
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
  ])('takes the mechanism %j for %s', (given, mechanism) => {
    expect(parse({ 'sasl.mechanism': given }).sasl?.mechanism).toBe(mechanism);
  });

  it.each([undefined, null, '', ' '])(
    'finds the mechanism under its other name when it is %j',
    (none) => {
      expect(parse({ 'sasl.mechanism': none, 'sasl.mechanisms': 'PLAIN' }).sasl?.mechanism).toBe(
        'PLAIN',
      );
      expect(parse({ 'sasl.mechanism': 'PLAIN', 'sasl.mechanisms': none }).sasl?.mechanism).toBe(
        'PLAIN',
      );
    },
  );

  it.each<[keyof BrokerSettingsAnswer, string | null | undefined, string]>([
    ['bootstrap.servers', 'no broker', 'is no list of host:port'],
    ['bootstrap.servers', ',', 'is no list of host:port'],
    ['sasl.mechanism', undefined, 'is missing'],
    ['sasl.mechanism', 'PLAIN,SCRAM-SHA-256', 'is no name of a SASL mechanism'],
    ['sasl.mechanism', 'X'.repeat(21), 'is no name of a SASL mechanism'],
    ['sasl.mechanism', '…', 'is no name of a SASL mechanism'],
    ['sasl.username', undefined, 'is missing'],
    ['sasl.username', null, 'is missing'],
    ['sasl.username', '', 'is missing'],
    ['sasl.password', undefined, 'is missing'],
    ['sasl.password', null, 'is missing'],
    ['sasl.password', '', 'is missing'],
    ['ssl.ca.cert', 'AAAA', 'is no base64 of a PEM certificate'],
    ['ssl.ca.cert', '???', 'is no base64 of a PEM certificate'],
  ])('is a bad response when %s is %j, told by the field', (field, value, what) => {
    const error = problem({ [field]: value });
    expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', retryable: false });
    expect(error.message).toContain(`"${field}" ${what}.`);
  });

  it('repeats no value, be it a secret in the wrong field', () => {
    const swapped: (keyof BrokerSettingsAnswer)[] = [
      'bootstrap.servers',
      'security.protocol',
      'sasl.mechanism',
      'ssl.ca.cert',
    ];
    for (const field of swapped) problem({ [field]: `${password} !` }); // expects no leak
  });

  it('keeps the password as it is: white space may belong to it', () => {
    expect(parse({ 'sasl.password': ' pw ' }).sasl?.password).toBe(' pw ');
  });

  it.each(['PLAINTEXT', 'SSL'])('leaves out the login where the protocol is %s', (protocol) => {
    expect(parse({ 'security.protocol': protocol }).sasl).toBeUndefined();
    expect(
      parse({ 'security.protocol': protocol, 'sasl.password': null, 'sasl.mechanism': '…' }).sasl,
    ).toBeUndefined();
  });

  it.each([undefined, null, '', ' \n'])('has no CA and no client id where they are %j', (none) => {
    const settings = parse({ 'ssl.ca.cert': none, 'client.id': none });
    expect(settings.ca).toBeUndefined();
    expect(settings.clientId).toBeUndefined();
  });

  it('makes of any texts settings, or an error of ours that quotes no secret', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', password, `${password}:9093`, ...Object.values(answer).map(String)),
    );
    const change = fc.record(
      Object.fromEntries(
        Object.keys(answer).map((key) => [
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
