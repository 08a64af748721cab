import { inspect } from 'node:util';
import { serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import {
  BrokerCredentials,
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
  it('give everything by its name', () => {
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

  it('have neither login, CA nor client id where there is none', () => {
    const { sasl, ca, clientId } = makeLocal();
    expect([sasl, ca, clientId]).toEqual([undefined, undefined, undefined]);
  });

  it('cannot be changed, and neither can what they hold', () => {
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

  it('do not follow when the list that they were made of changes', () => {
    const brokers = ['a:9093'];
    const credentials = make({ brokers });
    brokers.push('b:9093');
    expect(credentials.brokers).toEqual(['a:9093']);
  });

  it('do not show the password when they are printed, serialised, spread, copied or walked', () => {
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

  it('print as what they are, without password and certificate', () => {
    const printed = inspect(make());
    expect(printed).toMatch(/^BrokerCredentials \{/);
    for (const part of ["'org-dev'", "'a:9093'", "'SASL_SSL'", "'SCRAM-SHA-512'", "'user-1'"])
      expect(printed).toContain(part);
    expect(printed).toContain("password: '[hidden]'");
    expect(printed).not.toContain('AAAA');
    expect(inspect(make().sasl)).toMatch(/^SaslCredentials \{/);
    expect(inspect({ a: { b: { c: { d: make() } } } }, { depth: 9 })).toContain("'user-1'");
  });

  it('serialise as what they are, without password and certificate', () => {
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
    expect(JSON.parse(JSON.stringify(makeLocal()))).toEqual({
      workspaceId: 'local',
      brokers: ['localhost:9092'],
      securityProtocol: 'PLAINTEXT',
      ca: 'system roots',
      generation: 1,
      obtainedAt: '2026-01-02T03:04:05.000Z',
    });
  });
});

describe('toLibrdkafka', () => {
  it("gives a new plain object under librdkafka's names, the password in clear", () => {
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

  it('leaves out what there is not', () => {
    expect(makeLocal().toLibrdkafka()).toStrictEqual({
      'bootstrap.servers': 'localhost:9092',
      'security.protocol': 'plaintext',
    });
  });
});

describe('sameAs', () => {
  it('is true of credentials between which Kafka sees no difference', () => {
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
  ])('is false of another %s', (_, change) => {
    expect(make().sameAs(make(change))).toBe(false);
    expect(make(change).sameAs(make())).toBe(false);
  });
});
