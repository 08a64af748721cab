import { confluentKafka } from 'quix-streams-auth/confluent';
import { describe, expect, it } from 'vitest';
import { createSelfSigned } from '../support/certificates.ts';
import { errorOf } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { clientWith, SETTINGS } from './scripted-portal.ts';

async function credentialsWith(settings: object) {
  const { client, warnings } = await clientWith(settings);
  return { client, warnings, credentials: await client.getBrokerCredentials() };
}

/** Settings that librdkafka accepts, with their values as text. */
const KEPT: readonly (readonly [name: string, value: unknown, text: string])[] = [
  ['ssl.cipher.suites', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['ssl.endpoint.identification.algorithm', 'https', 'https'],
  ['enable.ssl.certificate.verification', true, 'true'],
  ['socket.timeout.ms', 45_000, '45000'],
  ['socket.keepalive.enable', true, 'true'],
  ['sasl.oauthbearer.scope', 'kafka', 'kafka'],
  ['client.rack', 'zone-1', 'zone-1'],
];

describe('a client', { meta: { faults: [113] } }, () => {
  it('keeps all other librdkafka settings of the Portal as text', async () => {
    const sent = Object.fromEntries(KEPT.map(([name, value]) => [name, value]));
    const kept = Object.fromEntries(KEPT.map(([name, , text]) => [name, text]));
    const { credentials, warnings } = await credentialsWith(sent);
    expect(credentials.settings).toEqual(kept);
    expect(Object.isFrozen(credentials.settings)).toBe(true);
    expect(credentials.toLibrdkafka()).toMatchObject(kept);
    expect(JSON.parse(JSON.stringify(credentials))).toMatchObject({ settings: kept });
    expect(warnings.codes).toEqual([]);
  });

  it('returns secret settings only from toLibrdkafka(), and never shows them', async () => {
    const { key, certificate } = await createSelfSigned(['client']);
    const [first, second, third] = [randomSecret('s1-'), randomSecret('s2-'), randomSecret('s3-')];
    const secrets = {
      'ssl.key.pem': key,
      'ssl.key.password': first,
      'sasl.oauthbearer.client.secret': second,
      'sasl.oauthbearer.token.endpoint.url': `https://id:${third}@login.example`,
      'sasl.oauthbearer.extensions': `copy=${SETTINGS['sasl.password']}`,
    };
    const shown = { 'ssl.certificate.pem': certificate };
    const { credentials } = await credentialsWith({ ...secrets, ...shown });
    expect(credentials.toLibrdkafka()).toMatchObject({ ...secrets, ...shown });
    expect(credentials.settings).toEqual(shown);
    // The rest of the key is the public key, which is also in the certificate.
    const privatePart = key.split('\n').slice(1).join('').slice(48, 90);
    expectNoLeak(credentials, [first, second, third, SETTINGS['sasl.password'], privatePart]);
    const others = await credentialsWith({ ...secrets, ...shown, 'ssl.key.password': 'changed' });
    expect(credentials.sameAs(others.credentials)).toBe(false);
  });

  it.each([
    ['enable.ssl.certificate.verification', false],
    ['ssl.endpoint.identification.algorithm', 'none'],
    ['ssl.ca.certificate.stores', 'Root'],
    ['ssl.ca.location', '/tmp/ca.pem'],
    ['ssl.key.location', '/tmp/key.pem'],
    ['ssl.cipher.suites', 'ALL:@SECLEVEL=0'],
    ['ssl.engine.location', '/tmp/engine.so'],
    ['ssl.engine.id', 'dynamic'],
    ['ssl.providers', 'legacy'],
    ['plugin.library.paths', '/tmp/plugin.so'],
    ['sasl.kerberos.kinit.cmd', 'touch /tmp/x'],
    ['sasl.kerberos.principal', 'x; touch /tmp/x'],
    ['sasl.oauthbearer.assertion.private.key.file', '/tmp/key.pem'],
    ['offset.store.path', '/tmp/offsets'],
    ['rebalance_cb', true],
    ['metadata.broker.list', 'other.example:9092'],
    ['debug', 'all'],
    ['log_level', 7],
    ['socket.timeout.ms', { a: 1 }],
    ['client.rack', 'a\nplugin.library.paths=/tmp/plugin.so'],
    ['ssl.certificate.pem', 'not a certificate'],
    ['ssl.key.pem', 'not a key'],
    ['ssl.cipher.suites', 'not a suite'],
  ])('ignores %s with the value %j and emits a warning', async (name, value) => {
    const { credentials, warnings } = await credentialsWith({ [name]: value });
    expect(Object.keys(credentials.toLibrdkafka())).not.toContain(name);
    expect(credentials.settings).toEqual({});
    expect(warnings.all).toMatchObject([{ code: 'BROKER_SETTING_IGNORED', about: name }]);
    expect(warnings.all[0]?.message).toContain(`"${name}"`);
    expect(warnings.all[0]?.message).not.toContain('/tmp');
  });

  it('does not show a name that does not have the form of a librdkafka property', async () => {
    const name = `X ${SETTINGS['sasl.password']}`;
    const { credentials, warnings } = await credentialsWith({
      [name]: 'x',
      'SSL.CA.LOCATION': 'x',
    });
    expect(credentials.settings).toEqual({});
    expect(warnings.codes).toEqual(['BROKER_SETTING_IGNORED']);
    expectNoLeak(warnings.all, [SETTINGS['sasl.password']]);
  });

  it.each([null, '', ' '])('treats a setting with the value %j as absent', async (value) => {
    const { credentials, warnings } = await credentialsWith({ 'client.rack': value });
    expect(credentials.settings).toEqual({});
    expect(warnings.codes).toEqual([]);
  });

  it.each(['OAUTHBEARER', 'OAuthBearer', 'GSSAPI'])(
    'fails with QUIX_UNSUPPORTED for %s without a user name',
    async (mechanism) => {
      const { client } = await clientWith({
        'sasl.mechanism': mechanism,
        'sasl.username': null,
        'sasl.password': undefined,
        'sasl.oauthbearer.method': 'oidc',
      });
      const error = await errorOf(client.getBrokerCredentials());
      expect(error.code).toBe('QUIX_UNSUPPORTED');
      expect(error.summary).toContain(mechanism.toUpperCase());
    },
  );
});

describe('confluentKafka()', { meta: { faults: [113] } }, () => {
  it('passes other settings to librdkafka, and the overrides of the user take precedence', async () => {
    const configs: object[] = [];
    class Kafka {
      constructor(config: object = {}) {
        configs.push(config);
      }
      readonly producer = () => ({
        connect: () => Promise.resolve(),
        disconnect: () => Promise.resolve(),
      });
      readonly consumer = this.producer;
      readonly admin = this.producer;
    }
    const { client, warnings } = await clientWith({
      'socket.timeout.ms': 45_000,
      'retry.backoff.ms': 70,
      'metadata.max.age.ms': 60_000,
      'socket.keepalive.enable': false,
      'ssl.curves.list': 'P-256',
      'ssl.keystore.password': 'a secret setting',
      'sasl.oauthbearer.scope': 'without effect',
      'sasl.oauthbearer.enabled': true,
    });
    const overrides = { kafkaJS: { requestTimeout: 5_000 }, 'ssl.curves.list': 'P-384' };
    const producer = confluentKafka(client, { Kafka }, overrides).producer();
    await producer.connect();
    const config = configs.at(-1);
    expect(config).toMatchObject({
      ...overrides,
      'retry.backoff.ms': '70',
      'metadata.max.age.ms': '60000',
      'socket.keepalive.enable': false,
      'ssl.keystore.password': 'a secret setting',
    });
    expect(config).not.toHaveProperty(['socket.timeout.ms']);
    // A librdkafka without libcurl would reject these properties.
    for (const name of ['sasl.oauthbearer.scope', 'sasl.oauthbearer.enabled']) {
      expect(config).not.toHaveProperty([name]);
    }
    expect(warnings.codes).toEqual([]);
    await producer.disconnect();
  });
});
