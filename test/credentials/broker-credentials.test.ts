import { inspect } from 'node:util';
import { serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import {
  BrokerCredentials,
  toLibrdkafkaProperties,
  type BrokerSettings,
} from '../../src/credentials/broker-credentials.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const password = randomSecret('pw-');
const settings: BrokerSettings = {
  workspaceId: 'org-dev',
  brokers: ['a:9093', 'b:9093'],
  securityProtocol: 'SASL_SSL',
  sasl: { mechanism: 'SCRAM-SHA-512', username: 'user-1', password },
  ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  clientId: 'client-1',
};
const obtainedAt = new Date('2026-01-02T03:04:05Z');
const make = (change: Partial<BrokerSettings> = {}, generation = 3): BrokerCredentials =>
  new BrokerCredentials({ ...settings, ...change }, { generation, obtainedAt });

const local: BrokerSettings = {
  workspaceId: 'local',
  brokers: ['localhost:9092'],
  securityProtocol: 'PLAINTEXT',
};
const makeLocal = (): BrokerCredentials =>
  new BrokerCredentials(local, { generation: 1, obtainedAt });

describe('broker credentials', () => {
  it('have a property for each setting', () => {
    const credentials = make();
    const { workspaceId, brokers, securityProtocol, ca, clientId, generation } = credentials;
    expect({ workspaceId, brokers, securityProtocol, ca, clientId, generation }).toEqual({
      workspaceId: 'org-dev',
      brokers: ['a:9093', 'b:9093'],
      securityProtocol: 'SASL_SSL',
      ca: settings.ca,
      clientId: 'client-1',
      generation: 3,
    });
    expect(credentials.obtainedAt).toEqual(obtainedAt);
    const { mechanism, username } = credentials.sasl ?? {};
    expect([mechanism, username, credentials.sasl?.password]).toEqual([
      'SCRAM-SHA-512',
      'user-1',
      password,
    ]);
  });

  it('do not have a login, CA or client id without such settings', () => {
    const { sasl, ca, clientId } = makeLocal();
    expect([sasl, ca, clientId]).toEqual([undefined, undefined, undefined]);
  });

  it('cannot be changed, and neither can their list of brokers and their login', () => {
    const credentials = make();
    for (const change of [
      () => Object.assign(credentials, { workspaceId: 'x' }),
      () => Object.assign(credentials, { extra: 'x' }),
      () => Object.assign(credentials.sasl ?? {}, { password: 'x' }),
      () => Object.defineProperty(credentials, 'brokers', { value: [] }),
      () => credentials.brokers.push('evil:9092'),
      () => credentials.brokers.sort(),
    ]) {
      expect(change).toThrow(TypeError);
    }
    credentials.obtainedAt.setFullYear(1999);
    expect(credentials.obtainedAt).toEqual(obtainedAt);
    expect(credentials.sasl).toBe(credentials.sasl);
  });

  it('show other settings, but not the secret ones', () => {
    const secret = randomSecret('s-');
    const credentials = make({
      settings: { 'client.rack': 'zone-1' },
      secretSettings: { 'ssl.key.password': secret },
    });
    expect(credentials.settings).toEqual({ 'client.rack': 'zone-1' });
    expect(inspect(credentials)).toContain("'client.rack': 'zone-1'");
    expect(credentials.toJSON()).toMatchObject({ settings: { 'client.rack': 'zone-1' } });
    expectNoLeak(credentials, [secret, password]);
    expect(() => Object.assign(credentials.settings, { 'client.rack': 'x' })).toThrow(TypeError);
    expect(make().settings).toEqual({});
  });

  it('do not change when the list of brokers that was passed changes', () => {
    const brokers = ['a:9093'];
    const credentials = make({ brokers });
    brokers.push('b:9093');
    expect(credentials.brokers).toEqual(['a:9093']);
  });

  it('do not show the password when they are printed, serialised, spread, copied or traversed', () => {
    const credentials = make();
    for (const value of [
      credentials,
      credentials.sasl,
      [credentials],
      { credentials },
      new Map([[credentials, credentials.sasl]]),
      new Error('x', { cause: credentials }),
      Object.assign({}, credentials, credentials.sasl),
    ]) {
      expectNoLeak(value, [password]);
    }
    expectNoLeak(serialize({ credentials, sasl: credentials.sasl }).toString('latin1'), [password]);
    expect(Object.keys(credentials)).toEqual([]);
    expect(structuredClone(credentials)).toEqual({});
  });

  it('are printed with their settings, without password and certificate', () => {
    const printed = inspect(make());
    expect(printed).toMatch(/^BrokerCredentials \{/);
    for (const part of ["'org-dev'", "'a:9093'", "'SASL_SSL'", "'SCRAM-SHA-512'", "'user-1'"])
      expect(printed).toContain(part);
    expect(printed).toContain("password: '[hidden]'");
    expect(printed).not.toContain('AAAA');
    expect(inspect(make().sasl)).toMatch(/^SaslCredentials \{/);
    expect(inspect({ a: { b: { c: { d: make() } } } }, { depth: 9 })).toContain("'user-1'");
  });

  it('are serialised with their settings, without password and certificate', () => {
    expect(JSON.parse(JSON.stringify(make()))).toEqual({
      workspaceId: 'org-dev',
      brokers: ['a:9093', 'b:9093'],
      securityProtocol: 'SASL_SSL',
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'user-1', password: '[hidden]' },
      ca: 'private certificate authority',
      clientId: 'client-1',
      generation: 3,
      obtainedAt: '2026-01-02T03:04:05.000Z',
    });
    expect(makeLocal().toJSON()).toStrictEqual({
      workspaceId: 'local',
      brokers: ['localhost:9092'],
      securityProtocol: 'PLAINTEXT',
      ca: 'default certificate authorities',
      generation: 1,
      obtainedAt,
    });
  });
});

describe('toLibrdkafka()', () => {
  it('returns a new plain object of librdkafka properties with the password in clear text', () => {
    const credentials = make();
    expect(credentials.toLibrdkafka()).toStrictEqual({
      'bootstrap.servers': 'a:9093,b:9093',
      'security.protocol': 'sasl_ssl',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.username': 'user-1',
      'sasl.password': password,
      'ssl.ca.pem': settings.ca,
      'client.id': 'client-1',
    });
    expect(credentials.toLibrdkafka()).not.toBe(credentials.toLibrdkafka());
    expect(Object.isFrozen(credentials.toLibrdkafka())).toBe(false);
  });

  it('contains other settings, including the secret ones', () => {
    const others = {
      settings: { 'client.rack': 'zone-1' },
      secretSettings: { 'ssl.key.password': 'x' },
    };
    expect(make(others).toLibrdkafka()).toStrictEqual({
      ...make().toLibrdkafka(),
      'client.rack': 'zone-1',
      'ssl.key.password': 'x',
    });
  });

  it('omits properties of absent settings', () => {
    expect(makeLocal().toLibrdkafka()).toStrictEqual({
      'bootstrap.servers': 'localhost:9092',
      'security.protocol': 'plaintext',
    });
  });

  it('returns the same properties as toLibrdkafkaProperties() for the settings', () => {
    expect(toLibrdkafkaProperties(settings)).toStrictEqual(make().toLibrdkafka());
    expect(toLibrdkafkaProperties(local)).toStrictEqual(makeLocal().toLibrdkafka());
  });
});

describe('sameAs()', () => {
  it('ignores generation and time', () => {
    expect(make().sameAs(make())).toBe(true);
    expect(
      make().sameAs(new BrokerCredentials(settings, { generation: 9, obtainedAt: new Date() })),
    ).toBe(true);
    expect(makeLocal().sameAs(makeLocal())).toBe(true);
  });

  it.each<[string, Partial<BrokerSettings>]>([
    ['brokers', { brokers: ['a:9093'] }],
    ['protocol', { securityProtocol: 'SASL_PLAINTEXT' }],
    ['mechanism', { sasl: { mechanism: 'PLAIN', username: 'user-1', password } }],
    ['user name', { sasl: { mechanism: 'SCRAM-SHA-512', username: 'user-2', password } }],
    ['password', { sasl: { mechanism: 'SCRAM-SHA-512', username: 'user-1', password: 'x' } }],
    ['login', { sasl: undefined }],
    ['CA', { ca: undefined }],
    ['client id', { clientId: undefined }],
    ['setting', { settings: { 'client.rack': 'zone-1' } }],
    ['secret setting', { secretSettings: { 'ssl.key.password': 'x' } }],
  ])('returns false for another %s', (_, change) => {
    expect(make().sameAs(make(change))).toBe(false);
    expect(make(change).sameAs(make())).toBe(false);
  });
});
