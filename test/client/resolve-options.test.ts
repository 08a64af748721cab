import { rootCertificates } from 'node:tls';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { QuixError, type QuixClientOptions } from 'quix-streams-auth';
import { type ResolvedOptions, resolveOptions } from '../../src/client/resolve-options.ts';
import { VERSION } from '../../src/version.ts';
import { codeOf } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

type First = Parameters<typeof resolveOptions>[0];

/** Without the variables of the machine that the test runs on. */
const resolve = (first: First, second?: QuixClientOptions): ResolvedOptions =>
  typeof first === 'object' && first !== null
    ? resolveOptions({ env: {}, ...first }, second)
    : resolveOptions(first, { env: {}, ...second });
const withEnv = (env: Record<string, string>, options: QuixClientOptions = {}): ResolvedOptions =>
  resolveOptions({ ...options, env }, undefined);

function wrong(options: unknown, second?: unknown): QuixError {
  try {
    resolve(options as First, second as QuixClientOptions);
  } catch (error) {
    if (error instanceof QuixError && error.code === 'QUIX_CONFIG') return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

const [pem = ''] = rootCertificates;

describe('the options', () => {
  it('all have a default', () => {
    expect(resolve({})).toMatchObject({
      portal: new URL('https://portal-api.cloud.quix.io'),
      timeoutMs: 30_000,
      userAgent: `quix-streams-auth/${VERSION} node/${process.versions.node}`,
      workspaceId: undefined,
      localBrokers: undefined,
    });
  });

  it.each([[undefined], [null]])('may be %j altogether', (first) => {
    expect(resolve(first).timeoutMs).toBe(30_000);
    expect(resolve(first).token).toBeUndefined();
  });

  it('may follow a token, or hold it', () => {
    const provider = (): string => 'x';
    expect(resolve('sdk-1', { timeoutMs: 5 })).toMatchObject({ token: 'sdk-1', timeoutMs: 5 });
    expect(resolve(provider).token).toBe(provider);
    expect(resolve({ token: 'sdk-1' }).token).toBe('sdk-1');
    expect(resolve(undefined, { token: 'sdk-1' }).token).toBe('sdk-1');
    expect(resolve(null, { token: 'sdk-1' }).token).toBe('sdk-1');
  });

  it('are refused when the token or they themselves are given twice', () => {
    expect(wrong('sdk-1', { token: 'sdk-2' }).message).toContain('token was given twice');
    expect(wrong({ token: 'x' }, { timeoutMs: 1 }).message).toContain('was given twice');
  });

  it.each(
    Object.keys({
      token: 0,
      tokenFile: 0,
      tokenEnvVar: 0,
      fallbackToken: 0,
      portalApi: 0,
      workspaceId: 0,
      brokerAddress: 0,
      autoCreateTopics: 0,
      tokenWarnings: 0,
      maxAgeMs: 0,
      timeoutMs: 0,
      dispatcher: 0,
      ca: 0,
      logger: 0,
      env: 0,
      userAgent: 0,
    } satisfies Record<keyof QuixClientOptions, 0>),
  )('count as not given when they are null or undefined: %s', (name) => {
    const plain = { ...resolve({}), readEnv: undefined };
    for (const value of [null, undefined]) {
      vi.stubEnv('Quix__Portal__Api', undefined);
      vi.stubEnv('Quix__Workspace__Id', undefined);
      vi.stubEnv('Quix__Broker__Address', undefined);
      const given = { ...resolve({ [name]: value }), readEnv: undefined };
      expect({ env: {}, ...given }).toEqual(plain);
    }
  });

  it('are refused when one does not exist, even if it is undefined, and the known ones are named', () => {
    for (const value of ['x', undefined]) {
      const error = wrong({ tokenEnv: value });
      expect(error.message).toContain('The option tokenEnv does not exist.');
      expect(error.hint).toContain('tokenEnvVar');
    }
    for (const name of ['toString', '__proto__', 'constructor'])
      expect(wrong(JSON.parse(`{"${name}":"x"}`)).message).toContain(
        `The option ${name} does not exist`,
      );
    expect(wrong('sdk-1', { tokenenvvar: 'x' }).message).toContain('tokenenvvar');
  });

  it('are not changed', () => {
    const options = Object.freeze({ token: ' sdk-1 ', portalApi: 'https://p.example/', env: {} });
    resolveOptions(options, undefined);
    expect(options).toEqual({ token: ' sdk-1 ', portalApi: 'https://p.example/', env: {} });
  });

  it.each<[keyof QuixClientOptions, unknown[]]>([
    ['token', [42, {}, true, []]],
    ['fallbackToken', [42, {}, []]],
    ['tokenFile', ['', 'a\0b', 42, new URL('file:///x'), 'sdk-0123456789abcdef']],
    [
      'tokenEnvVar',
      ['', ' ', 'A=B', 'A\0', ' A', 'A ', 42, () => 'A', 'sdk-0123456789', 'eyJh.eyJ'],
    ],
    ['portalApi', [42, new URL('https://p.example'), 'p.example', 'http://p.example']],
    ['workspaceId', [42, ['w'], 'a\nb', 'sdk-0123456789abcdef', 'x'.repeat(201)]],
    ['brokerAddress', [42, ['b:9092'], 'not a broker', 'b:0', ',', '::1:9092']],
    ['maxAgeMs', [0, -1, NaN, '60000', 5n]],
    ['timeoutMs', [0, -1, NaN, Infinity, 2 ** 31, '30000', 5n]],
    ['dispatcher', [42, {}, () => undefined, 'http://proxy']],
    ['ca', ['', [], 'text', [pem, 'text'], 42, [42], Buffer.from(pem), pem.slice(0, 200)]],
    ['ca', [`${pem.slice(0, 100)}\n-----END CERTIFICATE-----`]],
    ['logger', ['console', 42, () => undefined]],
    ['env', ['X=1', 42, () => ({})]],
    ['userAgent', ['', ' a', 'a ', 'a  b', 'a\nb', 'é', 42]],
  ])('are refused, by name, where they are wrong: %s', (name, values) => {
    for (const value of values) {
      const error = wrong({ [name]: value });
      expect(error.message).toMatch(
        new RegExp(
          name === 'brokerAddress' && typeof value === 'string' && !value.startsWith('sdk-')
            ? 'broker address'
            : name === 'portalApi' && typeof value === 'string'
              ? 'option portalApi'
              : `option ${name} is`,
        ),
      );
      expect(error.retryable).toBe(false);
    }
  });

  it('are refused without a word of what was put in the wrong place', () => {
    const secret = randomSecret();
    for (const name of [
      'tokenFile',
      'tokenEnvVar',
      'workspaceId',
      'portalApi',
      'brokerAddress',
      'ca',
      'logger',
      'env',
      'maxAgeMs',
      'timeoutMs',
      'dispatcher',
    ])
      expectNoLeak(wrong({ [name]: secret }), [secret]);
  });

  it('are accepted at their limits', () => {
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.close());
    const options: QuixClientOptions = {
      tokenFile: '/run/secrets/quix',
      tokenEnvVar: 'my.token-2',
      maxAgeMs: Infinity,
      timeoutMs: 2 ** 31 - 1,
      dispatcher,
      ca: [pem, `# a comment\n${pem}\n${pem}`],
      logger: console,
      userAgent: 'my-service/1.2 (test)',
    };
    expect(resolve(options)).toMatchObject({
      ...options,
      userAgent: `my-service/1.2 (test) quix-streams-auth/${VERSION} node/${process.versions.node}`,
    });
    expect(resolve({ ca: pem, logger: {} }).ca).toBe(pem);
  });
});

describe('the Portal URL', () => {
  const url = 'https://portal.example/base';

  it('is that of the option before that of the variable', () => {
    const env = { Quix__Portal__Api: 'https://other.example' };
    expect(withEnv(env, { portalApi: ` ${url}/ ` }).portal.href).toBe(url);
    expect(withEnv(env).portal.href).toBe('https://other.example/');
  });

  it.each(['', ' \n'])('is the next one where %j is given', (blank) => {
    expect(withEnv({ Quix__Portal__Api: url }, { portalApi: blank }).portal.href).toBe(url);
    expect(withEnv({ Quix__Portal__Api: blank }).portal.host).toBe('portal-api.cloud.quix.io');
  });

  it('is refused by where it came from', () => {
    expect(wrong({ portalApi: 'http://p.example' }).message).toContain('the option portalApi');
    expect(() => withEnv({ Quix__Portal__Api: 'http://p.example' })).toThrow(
      'the environment variable Quix__Portal__Api',
    );
  });
});

describe('the workspace', () => {
  it('is that of the option, else that of the variable, else none', () => {
    const env = { Quix__Workspace__Id: ' from-env ' };
    expect(withEnv(env, { workspaceId: ' w ' }).workspaceId).toBe('w');
    expect(withEnv(env, { workspaceId: ' ' }).workspaceId).toBe('from-env');
    expect(withEnv({ Quix__Workspace__Id: '' }).workspaceId).toBeUndefined();
  });
});

describe('a local broker', () => {
  const env = { Quix__Broker__Address: 'localhost:19092' };
  const brokers = (options?: QuixClientOptions, variables: Record<string, string> = env) =>
    withEnv(variables, options).localBrokers;

  it('is that of the variable, even before the tokens of the environment', () => {
    expect(brokers()).toEqual(['localhost:19092']);
    expect(brokers({}, { ...env, Quix__Sdk__Token: 'sdk-1' })).toEqual(['localhost:19092']);
    expect(brokers({ tokenEnvVar: 'MY_TOKEN' }, { ...env, MY_TOKEN: 'sdk-1' })).toEqual([
      'localhost:19092',
    ]);
  });

  it.each<[string, QuixClientOptions]>([
    ['token', { token: 'sdk-1' }],
    ['provider', { token: () => 'sdk-1' }],
    ['file', { tokenFile: '/run/secrets/quix' }],
  ])('of the variable gives way to a %s that was passed', (_, options) => {
    expect(brokers(options)).toBeUndefined();
  });

  it('of the variable does not give way to a blank token', () => {
    expect(brokers({ token: ' ' })).toEqual(['localhost:19092']);
  });

  it('of the option comes before everything else', () => {
    expect(brokers({ brokerAddress: 'a, b:1', token: 'sdk-1' })).toEqual(['a:9092', 'b:1']);
  });

  it('is none when it is blank', () => {
    expect(brokers({ brokerAddress: ' ' }, { Quix__Broker__Address: '' })).toBeUndefined();
    expect(brokers({ brokerAddress: ' ' })).toEqual(['localhost:19092']);
  });

  it('is refused by where it came from when it is none', () => {
    expect(() => brokers({}, { Quix__Broker__Address: 'a b' })).toThrow(
      'The broker address from the environment variable Quix__Broker__Address is no list of host:port.',
    );
    expect(codeOf(() => brokers({}, { Quix__Broker__Address: 'a b' }))).toBe('QUIX_CONFIG');
  });
});

describe('the environment', () => {
  it('is that of the process, as it is when it is read', () => {
    vi.stubEnv('Quix__Broker__Address', '');
    vi.stubEnv('Quix__Portal__Api', 'https://process.example');
    const { portal, readEnv } = resolveOptions(undefined, undefined);
    expect(portal.host).toBe('process.example');
    vi.stubEnv('SOMETHING_NEW', 'x');
    expect(readEnv()['SOMETHING_NEW']).toBe('x');
  });

  it('may be another, and then the process is not asked', () => {
    vi.stubEnv('Quix__Portal__Api', 'https://process.example');
    const env = {};
    const { portal, readEnv } = resolveOptions({ env }, undefined);
    expect(portal.host).toBe('portal-api.cloud.quix.io');
    expect(readEnv()).toBe(env);
  });
});
