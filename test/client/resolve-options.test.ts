import { rootCertificates } from 'node:tls';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { QuixClientOptions, QuixError } from 'quix-streams-auth';
import type { ResolvedOptions } from '../../src/client/options.ts';
import { resolveOptions } from '../../src/client/resolve-options.ts';
import { VERSION } from '../../src/version.ts';
import { errorThrown } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

type First = Parameters<typeof resolveOptions>[0];

/** Resolves options without the variables of the machine that the test runs on. */
const resolve = (first: First, second?: QuixClientOptions): ResolvedOptions =>
  typeof first === 'object' && first !== null
    ? resolveOptions({ env: {}, ...first }, second)
    : resolveOptions(first, { env: {}, ...second });
const withEnv = (env: Record<string, string>, options: QuixClientOptions = {}): ResolvedOptions =>
  resolveOptions({ ...options, env }, undefined);

/** Returns the error for wrong options. */
function rejection(options: unknown, second?: unknown): QuixError {
  const error = errorThrown(() => resolve(options as First, second as QuixClientOptions));
  expect(error.code).toBe('QUIX_CONFIG');
  return error;
}

const [pem = ''] = rootCertificates;

describe('the options', () => {
  it('have defaults', () => {
    expect(resolve({})).toMatchObject({
      portal: new URL('https://portal-api.cloud.quix.io'),
      timeoutMs: 30_000,
      autoCreateTopics: true,
      userAgent: `quix-streams-auth/${VERSION} node/${process.versions.node}`,
      workspace: undefined,
      localBroker: undefined,
    });
  });

  it.each([[undefined], [null]])('can be %j', (first) => {
    expect(resolve(first).timeoutMs).toBe(30_000);
    expect(resolve(first).token).toBeUndefined();
  });

  it('can follow a token or contain it', () => {
    const provider = (): string => 'x';
    expect(resolve('sdk-1', { timeoutMs: 5 })).toMatchObject({ token: 'sdk-1', timeoutMs: 5 });
    expect(resolve(provider).token).toBe(provider);
    expect(resolve({ token: 'sdk-1' }).token).toBe('sdk-1');
    expect(resolve(undefined, { token: 'sdk-1' }).token).toBe('sdk-1');
    expect(resolve(null, { token: 'sdk-1' }).token).toBe('sdk-1');
  });

  it('are rejected when they, or the token, are passed twice', () => {
    expect(rejection('sdk-1', { token: 'sdk-2' }).summary).toMatch(/\btoken\b/);
    expect(rejection({ token: 'x' }, { timeoutMs: 1 }).hint).toContain(
      'new QuixStreamingClient(options)',
    );
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
      topicTimeoutMs: 0,
      services: 0,
      dispatcher: 0,
      ca: 0,
      logger: 0,
      env: 0,
      userAgent: 0,
    } satisfies Record<keyof QuixClientOptions, 0>),
  )('count as not set when they are null or undefined: %s', (name) => {
    const plain = { ...resolve({}), readEnv: undefined };
    for (const value of [null, undefined]) {
      vi.stubEnv('Quix__Portal__Api', undefined);
      vi.stubEnv('Quix__Workspace__Id', undefined);
      vi.stubEnv('Quix__Broker__Address', undefined);
      const given = { ...resolve({ [name]: value }), readEnv: undefined };
      expect({ ...given, env: {} }).toEqual(plain);
    }
  });

  it('are rejected with the names of the existing options when one does not exist, even if it is undefined', () => {
    for (const value of ['x', undefined]) {
      const error = rejection({ tokenEnv: value });
      expect(error.summary).toMatch(/\btokenEnv\b/);
      expect(error.hint).toContain('tokenEnvVar');
    }
    for (const name of ['toString', '__proto__', 'constructor'])
      expect(rejection(JSON.parse(`{"${name}":"x"}`)).summary).toContain(` ${name} `);
    expect(rejection('sdk-1', { tokenenvvar: 'x' }).message).toContain('tokenenvvar');
  });

  it('are not modified', () => {
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
      [
        '',
        ' ',
        'A=B',
        'A\0',
        ' A',
        'A ',
        'A_FILE',
        42,
        () => 'A',
        'sdk-0123456789abcdef',
        'eyJh.eyJ',
      ],
    ],
    ['portalApi', [42, new URL('https://p.example'), 'p.example', 'http://p.example']],
    ['workspaceId', [42, ['w'], 'a\nb', 'sdk-0123456789abcdef', 'x'.repeat(201)]],
    ['brokerAddress', [42, ['b:9092'], 'not a broker', 'b:0', ',', '::1:9092']],
    ['autoCreateTopics', [0, 'true', {}]],
    [
      'tokenWarnings',
      [true, 'x', 1, { expiryWithinMs: -1 }, { expiryWithinMs: '1' }, { expiryMs: 1 }],
    ],
    ['maxAgeMs', [0, -1, NaN, '60000', 5n]],
    [
      'services',
      [
        'https://a.example',
        [1],
        {},
        ['a.example'],
        ['http://a.example'],
        ['https://sdk-0123456789abcdef.example'],
      ],
    ],
    ['topicTimeoutMs', [0, -1, NaN, Infinity, 2 ** 31, '60000', 5n]],
    ['timeoutMs', [0, -1, NaN, Infinity, 2 ** 31, '30000', 5n]],
    ['dispatcher', [42, {}, () => undefined, 'http://proxy']],
    ['ca', ['', [], 'text', [pem, 'text'], 42, [42], Buffer.from(pem), pem.slice(0, 200)]],
    ['ca', [`${pem.slice(0, 100)}\n-----END CERTIFICATE-----`]],
    ['logger', ['console', 42, () => undefined]],
    ['env', ['X=1', 42, () => ({})]],
    ['userAgent', ['', ' a', 'a ', 'a  b', 'a\nb', 'é', 42]],
  ])('are rejected by name when their value is wrong: %s', (name, values) => {
    for (const value of values) {
      const error = rejection({ [name]: value });
      expect(error.message).toMatch(
        new RegExp(
          name === 'brokerAddress' && typeof value === 'string' && !value.startsWith('sdk-')
            ? 'broker address'
            : name === 'portalApi' && typeof value === 'string'
              ? 'option portalApi'
              : `option ${name} `,
        ),
      );
      expect(error.retryable).toBe(false);
    }
  });

  it('are rejected without repeating the wrong value', () => {
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
      expectNoLeak(rejection({ [name]: secret }), [secret]);
  });

  it('are accepted at their limits', () => {
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.close());
    const options: QuixClientOptions = {
      tokenFile: '/run/secrets/quix',
      tokenEnvVar: 'my.token-2',
      autoCreateTopics: false,
      tokenWarnings: { expiryWithinMs: 0 },
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
    expect(resolve({ tokenWarnings: false }).tokenWarnings).toBe(false);
  });
});

describe('the Portal URL', () => {
  const url = 'https://portal.example/base';

  it('comes from the option before the variable', () => {
    const env = { Quix__Portal__Api: 'https://other.example' };
    expect(withEnv(env, { portalApi: ` ${url}/ ` }).portal.href).toBe(url);
    expect(withEnv(env).portal.href).toBe('https://other.example/');
  });

  it.each(['', ' \n'])('comes from the next source when a source is %j', (blank) => {
    expect(withEnv({ Quix__Portal__Api: url }, { portalApi: blank }).portal.href).toBe(url);
    expect(withEnv({ Quix__Portal__Api: blank }).portal.host).toBe('portal-api.cloud.quix.io');
  });

  it('is rejected with the name of its source', () => {
    expect(rejection({ portalApi: 'http://p.example' }).message).toContain('the option portalApi');
    expect(errorThrown(() => withEnv({ Quix__Portal__Api: 'http://p.example' })).message).toContain(
      'the environment variable Quix__Portal__Api',
    );
  });
});

describe('the workspace', () => {
  it('comes from the option, else from the variable, else it is undefined', () => {
    const env = { Quix__Workspace__Id: ' from-env ' };
    expect(withEnv(env, { workspaceId: ' w ' })).toMatchObject({
      workspace: { idOrName: 'w', source: 'option' },
    });
    expect(withEnv(env, { workspaceId: ' ' })).toMatchObject({
      workspace: { idOrName: 'from-env', source: 'variable' },
    });
    expect(withEnv({ Quix__Workspace__Id: '' }).workspace).toBeUndefined();
  });
});

describe('a local broker', () => {
  const env = { Quix__Broker__Address: 'localhost:19092' };
  const brokers = (options?: QuixClientOptions, variables: Record<string, string> = env) =>
    withEnv(variables, options).localBroker?.brokers;

  it('comes from the variable, even if token variables are set', () => {
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
  ])('of the variable is ignored when a %s is passed', (_, options) => {
    expect(brokers(options)).toBeUndefined();
  });

  it('of the variable is used when a blank token is passed', () => {
    expect(brokers({ token: ' ' })).toEqual(['localhost:19092']);
  });

  it('of the option has precedence over all other settings', () => {
    expect(brokers({ brokerAddress: 'a, b:1', token: 'sdk-1' })).toEqual(['a:9092', 'b:1']);
  });

  it('has the configured workspace id, or the id local', () => {
    const workspaceId = 'org-project-dev';
    expect(withEnv(env, { workspaceId }).localBroker).toMatchObject({ workspaceId });
    expect(withEnv(env).localBroker).toMatchObject({ workspaceId: 'local' });
  });

  it('is absent when it is blank', () => {
    expect(brokers({ brokerAddress: ' ' }, { Quix__Broker__Address: '' })).toBeUndefined();
    expect(brokers({ brokerAddress: ' ' })).toEqual(['localhost:19092']);
  });

  it('is rejected with the name of its source when it is not a list of brokers', () => {
    const error = errorThrown(() => brokers({}, { Quix__Broker__Address: 'a b' }));
    expect(error.code).toBe('QUIX_CONFIG');
    expect(error.message).toContain('the environment variable Quix__Broker__Address');
    expect(error.message).toContain('host:port');
  });
});

describe('the environment', () => {
  it('is the current environment of the process', () => {
    vi.stubEnv('Quix__Broker__Address', '');
    vi.stubEnv('Quix__Portal__Api', 'https://process.example');
    const { portal, readEnv } = resolveOptions(undefined, undefined);
    expect(portal.host).toBe('process.example');
    vi.stubEnv('SOMETHING_NEW', 'x');
    expect(readEnv()['SOMETHING_NEW']).toBe('x');
  });

  it('can be replaced, and the environment of the process is not read then', () => {
    vi.stubEnv('Quix__Portal__Api', 'https://process.example');
    const env = {};
    const { portal, readEnv } = resolveOptions({ env }, undefined);
    expect(portal.host).toBe('portal-api.cloud.quix.io');
    expect(readEnv()).toBe(env);
  });
});
