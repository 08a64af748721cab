import { inspect } from 'node:util';
import { QuixStreamingClient, type BrokerAddress } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { errorOf, errorThrown } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { logWarnings } from '../support/warnings.ts';

const password = randomSecret('password-');
const sasl = { mechanism: 'SCRAM-SHA-512', username: 'me', password } as const;
const secured: BrokerAddress = {
  brokers: ['a.example:9093', 'b.example'],
  securityProtocol: 'SASL_SSL',
  sasl,
};

function create(brokerAddress: BrokerAddress): QuixStreamingClient {
  const client = new QuixStreamingClient({ brokerAddress, env: {} });
  onTestFinished(() => client.close());
  return client;
}

describe('an object in brokerAddress', () => {
  it('gives the credentials without a token and without a request', async () => {
    const { certificate: ca } = await createCertificateAuthority();
    const client = create({ ...secured, ca });
    const credentials = await client.getBrokerCredentials();
    expect(credentials).toMatchObject({
      workspaceId: 'local',
      brokers: ['a.example:9093', 'b.example:9092'],
      securityProtocol: 'SASL_SSL',
    });
    expect(credentials.sasl).toMatchObject(sasl);
    expect(credentials.toLibrdkafka()).toEqual({
      'bootstrap.servers': 'a.example:9093,b.example:9092',
      'security.protocol': 'sasl_ssl',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.username': 'me',
      'sasl.password': password,
      'ssl.ca.pem': `${ca.trim()}\n`,
    });
    expect(client.describe()).toMatchObject({ requests: 0, securityProtocol: 'SASL_SSL' });
    expect(client.describe()).not.toHaveProperty('token');
    expect((await client.getTopic('orders')).id).toBe('orders');
  });

  it('accepts a list in one text, all protocols, and other spellings of names', async () => {
    const text = create({ brokers: 'a:1, b:2', securityProtocol: 'PLAINTEXT' });
    expect((await text.getBrokerCredentials()).brokers).toEqual(['a:1', 'b:2']);
    const tls = create({ brokers: 'a:1', securityProtocol: 'ssl' as 'SSL', sasl: undefined });
    expect((await tls.getBrokerCredentials()).toLibrdkafka()).toEqual({
      'bootstrap.servers': 'a:1',
      'security.protocol': 'ssl',
    });
    const mechanism = 'scram-sha-256' as 'SCRAM-SHA-256'; // as kafkajs writes it
    const login = create({ ...secured, sasl: { ...sasl, mechanism } });
    expect((await login.getBrokerCredentials()).sasl?.mechanism).toBe('SCRAM-SHA-256');
  });

  it('configures kafkajs for TLS and SASL before the first connection', () => {
    const config = kafkaJSConfig(create(secured));
    expect(config.ssl).toBe(true);
    expect(config.sasl).toBeDefined();
    expect(kafkaJSConfig(create({ brokers: 'a:1', securityProtocol: 'SSL' })).sasl).toBeUndefined();
  });

  it('does not show its password in the client, the credentials, the description and logs', async () => {
    const lines: unknown[] = [];
    const record = (...line: unknown[]): void => void lines.push(line);
    const client = new QuixStreamingClient({
      brokerAddress: secured,
      env: {},
      logger: { debug: record, info: record, warn: record, error: record },
    });
    const credentials = await client.getBrokerCredentials();
    const shown = [client, credentials, client.describe()].map((each) => [
      inspect(each, { depth: 20, showHidden: true }),
      JSON.stringify(each),
    ]);
    expectNoLeak([shown, lines], [password]);
    await client.close();
  });

  it('causes the warning BROKER_NOT_ENCRYPTED for another machine without TLS only', async () => {
    for (const [brokers, securityProtocol, codes] of [
      ['a.example:1', 'SASL_PLAINTEXT', ['BROKER_NOT_ENCRYPTED']],
      ['a.example:1', 'SASL_SSL', []],
      ['localhost:1', 'SASL_PLAINTEXT', []],
    ] as const) {
      const client = create({ brokers, securityProtocol, sasl });
      const warnings = logWarnings();
      client.on('warning', warnings.warn);
      await client.getBrokerCredentials();
      expect(warnings.codes).toEqual(codes);
    }
  });

  it('wins over the variable and over a token', async () => {
    const env = { Quix__Broker__Address: 'other:1', Quix__Sdk__Token: randomSecret() };
    const client = new QuixStreamingClient({ brokerAddress: secured, token: randomSecret(), env });
    expect((await client.getBrokerCredentials()).brokers[0]).toBe('a.example:9093');
    await client.close();
  });

  it('is named by QUIX_CREDENTIALS_REFUSED if Kafka refuses the login again and again', async () => {
    const client = create(secured);
    client.invalidate(await client.getBrokerCredentials());
    client.invalidate(await client.getBrokerCredentials());
    const error = await errorOf(client.getBrokerCredentials());
    expect(error).toMatchObject({ code: 'QUIX_CREDENTIALS_REFUSED', retryable: true });
    expect(error.message).toContain('brokerAddress');
    expect(error.message).not.toMatch(/Portal|Quix/);
  });

  it.each<[string, object, string]>([
    ['an array', ['a:1'], 'array'],
    ['an unknown property', { ...secured, username: 'x' }, 'property'],
    ['no brokers', { securityProtocol: 'PLAINTEXT' }, 'brokers'],
    ['an empty list', { ...secured, brokers: [] }, 'brokers'],
    ['a broker that is not host:port', { ...secured, brokers: ['a b'] }, 'brokers'],
    ['a broker that is not text', { ...secured, brokers: [1] }, 'brokers'],
    ['a token as broker', { ...secured, brokers: [randomSecret()] }, 'brokers'],
    ['no securityProtocol', { brokers: 'a:1' }, 'securityProtocol'],
    ['an unknown securityProtocol', { ...secured, securityProtocol: 'TLS' }, 'securityProtocol'],
    ['no login with SASL', { ...secured, sasl: undefined }, 'no login in sasl'],
    ['a login without SASL', { ...secured, securityProtocol: 'SSL' }, 'a login in sasl for SSL'],
    ['a login that is text', { ...secured, sasl: 'x' }, 'not an object'],
    ['an unknown part of the login', { ...secured, sasl: { ...sasl, x: 1 } }, 'sasl'],
    ['an unknown mechanism', { ...secured, sasl: { ...sasl, mechanism: 'GSSAPI' } }, 'mechanism'],
    ['no user name', { ...secured, sasl: { ...sasl, username: '' } }, 'username'],
    ['a token as user name', { ...secured, sasl: { ...sasl, username: randomSecret() } }, 'user'],
    ['a blank password', { ...secured, sasl: { ...sasl, password: '' } }, 'password'],
    ['no password', { ...secured, sasl: { ...sasl, password: undefined } }, 'password'],
    ['a CA without TLS', { brokers: 'a:1', securityProtocol: 'PLAINTEXT', ca: 'x' }, 'ca for'],
    ['a CA that is a path', { ...secured, ca: './ca.pem' }, 'PEM'],
    ['a CA that is not text', { ...secured, ca: 1 }, 'PEM'],
  ])('is QUIX_CONFIG for %s', (_, brokerAddress, words) => {
    const error = errorThrown(() => create(brokerAddress as BrokerAddress));
    expect(error.code).toBe('QUIX_CONFIG');
    expect(error.message).toContain('brokerAddress');
    expect(error.message).toContain(words);
    expect(error.message).not.toMatch(/sdk-/);
    expectNoLeak(error, [password]);
  });

  it('does not use properties that other code has added to Object.prototype', () => {
    Object.defineProperty(Object.prototype, 'sasl', { value: sasl, configurable: true });
    try {
      const address = { brokers: 'a:1', securityProtocol: 'SASL_SSL' } as const;
      expect(errorThrown(() => create(address)).message).toContain('no login in sasl');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'sasl');
    }
  });
});
