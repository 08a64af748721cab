import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import { givenSource, TokenChain } from '../../src/token/index.ts';
import type { TokenChainOptions } from '../../src/token/token-chain.ts';
import { codeOf } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { failureOf } from '../support/portal-access.ts';
import { logWarnings, type WarningLog } from '../support/warnings.ts';

const secret = randomSecret();
const other = randomSecret();

let env: Record<string, string | undefined>;
let log: WarningLog;
beforeEach(() => {
  env = {};
  log = logWarnings();
});

const chain = (options: TokenChainOptions = {}): TokenChain => new TokenChain(options, () => env);
const { signal } = new AbortController();

async function read(options: TokenChainOptions | TokenChain = {}) {
  const token = await (options instanceof TokenChain ? options : chain(options)).read(
    signal,
    log.warn,
  );
  expectNoLeak(log.all, [secret, other]);
  return [token.source, token.reveal()];
}

function missing(options: TokenChainOptions = {}): QuixError {
  try {
    chain(options).assertConfigured();
  } catch (error) {
    if (error instanceof QuixError && error.code === 'QUIX_TOKEN_MISSING') {
      expectNoLeak(error, [secret, other]);
      return error;
    }
    throw error;
  }
  throw new Error('It was configured.');
}

async function tokenFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quix-chain-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'token');
  await writeFile(path, text);
  return path;
}

describe('the sources of a token', () => {
  it('are asked in their order: argument, file, chosen variable, default variable', async () => {
    const all = {
      token: 'from-argument',
      tokenFile: await tokenFile('from-file'),
      tokenEnvVar: 'MY_TOKEN',
    };
    env = { MY_TOKEN: 'from-chosen', Quix__Sdk__Token: 'from-default' };
    expect(await read(all)).toEqual(['argument', 'from-argument']);
    expect(await read({ ...all, token: undefined })).toEqual(['tokenFile', 'from-file']);
    expect(await read({ tokenEnvVar: 'MY_TOKEN' })).toEqual(['MY_TOKEN', 'from-chosen']);
    expect(await read()).toEqual(['Quix__Sdk__Token', 'from-default']);
    expect(log.all).toEqual([]);
  });

  it('begin with the function that was given', async () => {
    env = { Quix__Sdk__Token: other };
    expect(await read({ token: () => secret })).toEqual(['provider', secret]);
  });

  it('are asked on after a blank argument, with a warning', async () => {
    env = { Quix__Sdk__Token: secret };
    expect(await read({ token: ' \n' })).toEqual(['Quix__Sdk__Token', secret]);
    expect(log.codes).toEqual(['TOKEN_BLANK']);
  });

  it('are asked on after a chosen variable that is not set, with a warning that names both', async () => {
    env = { Quix__Sdk__Token: secret };
    expect(await read({ tokenEnvVar: 'MY_TOKEN' })).toEqual(['Quix__Sdk__Token', secret]);
    expect(log.codes).toEqual(['TOKEN_VARIABLE_UNSET']);
    expect(log.all[0]?.message).toContain(
      'The variable MY_TOKEN has no token, so Quix__Sdk__Token is used.',
    );
  });

  it('are asked on after a chosen variable that is blank, with a warning of that as well', async () => {
    env = { MY_TOKEN: '', Quix__Sdk__Token: secret };
    expect(await read({ tokenEnvVar: 'MY_TOKEN' })).toEqual(['Quix__Sdk__Token', secret]);
    expect(log.codes).toEqual(['TOKEN_BLANK', 'TOKEN_VARIABLE_UNSET']);
  });

  it('do not warn when the default variable is the chosen one', async () => {
    env = { Quix__Sdk__Token: secret };
    expect(await read({ tokenEnvVar: 'Quix__Sdk__Token' })).toEqual(['Quix__Sdk__Token', secret]);
    expect(log.all).toEqual([]);
  });

  it.each([
    ['a provider that fails', { token: () => Promise.reject(new Error(secret)) }],
    ['a provider that gives nothing', { token: () => '' }],
    ['a file that is missing', { tokenFile: '/nonexistent/token' }],
    ['a text that cannot be sent', { token: `${other} x` }],
  ])('are not asked on after %s: broken is not absent', async (_, options: TokenChainOptions) => {
    env = { Quix__Sdk__Token: secret };
    const error = await failureOf(() => read(options));
    expect(error.code).toMatch(/^QUIX_TOKEN_(?:SOURCE_FAILED|INVALID)$/);
    expectNoLeak(error, [secret, other]);
  });

  it('hold the default variable once when it is the chosen one', () => {
    const { message } = missing({ tokenEnvVar: 'Quix__Sdk__Token' });
    expect(message.match(/the environment variable Quix__Sdk__Token/g)).toHaveLength(1);
  });

  it('are asked anew each time: a variable may be set, changed and removed', async () => {
    const one = chain();
    env = { Quix__Sdk__Token: secret };
    expect(await read(one)).toEqual(['Quix__Sdk__Token', secret]);
    env['Quix__Sdk__Token'] = other;
    expect(await read(one)).toEqual(['Quix__Sdk__Token', other]);
    env = {};
    expect((await failureOf(() => read(one))).code).toBe('QUIX_TOKEN_MISSING');
  });

  it('are all replaced by one whose token works', async () => {
    env = { Quix__Sdk__Token: other };
    const one = chain({ token: other, tokenEnvVar: 'MY_TOKEN' });
    one.replace(givenSource(secret, 'rotateToken'));
    expect(await read(one)).toEqual(['rotateToken', secret]);
    expect(one.describe()).toMatchObject({ source: 'rotateToken' });
  });

  it('are not seen by looking at the chain', () => {
    expectNoLeak(chain({ token: secret, fallbackToken: other }), [secret, other]);
  });
});

describe('the fallback', () => {
  it('is read on its own, and is not one of the sources', async () => {
    const one = chain({ token: secret, fallbackToken: ` ${other}` });
    const fallback = await one.readFallback(signal, log.warn);
    expect(fallback?.reveal()).toBe(other);
    expect(fallback?.source).toBe('fallbackToken');
    expect(missing({ fallbackToken: other }).code).toBe('QUIX_TOKEN_MISSING');
  });

  it('may be absent or blank', async () => {
    expect(await chain().readFallback(signal, log.warn)).toBeUndefined();
    expect(await chain({ fallbackToken: ' ' }).readFallback(signal, log.warn)).toBeUndefined();
    expect(log.codes).toEqual(['TOKEN_BLANK']);
  });

  it('that cannot be sent is refused at once', () => {
    env = { Quix__Sdk__Token: secret };
    expect(
      codeOf(() => {
        chain({ fallbackToken: `${other} x` }).assertConfigured();
      }),
    ).toBe('QUIX_TOKEN_INVALID');
  });
});

describe('a chain', () => {
  it.each<[string, TokenChainOptions, Record<string, string>]>([
    ['an argument', { token: secret }, {}],
    [
      'a provider, which is not called',
      {
        token: () => {
          throw new Error('called');
        },
      },
      {},
    ],
    ['a file, which is not read', { tokenFile: '/nonexistent/token' }, {}],
    ['a chosen variable', { tokenEnvVar: 'MY_TOKEN' }, { MY_TOKEN: secret }],
    ['the default variable', {}, { Quix__Sdk__Token: secret }],
    ['the default variable after a blank argument', { token: '' }, { Quix__Sdk__Token: secret }],
  ])('is configured by %s', (_, options, given) => {
    env = given;
    chain(options).assertConfigured();
  });

  it.each<[TokenChainOptions, Record<string, string>]>([
    [{ token: `${secret} x` }, {}],
    [{}, { Quix__Sdk__Token: `${secret} x` }],
    [{ tokenEnvVar: 'MY_TOKEN' }, { MY_TOKEN: `"${secret}`, Quix__Sdk__Token: other }],
  ])('with a token that cannot be sent is refused at once', (options, given) => {
    env = given;
    expect(
      codeOf(() => {
        chain(options).assertConfigured();
      }),
    ).toBe('QUIX_TOKEN_INVALID');
  });

  it('describes the token that would be used, without I/O', async () => {
    env = { Quix__Sdk__Token: secret };
    expect(chain().describe()).toMatchObject({ source: 'Quix__Sdk__Token', kind: 'streaming' });
    expect(chain({ token: other }).describe()).toMatchObject({ source: 'argument' });
    expect(chain({ token: () => raise() }).describe()).toEqual({ source: 'provider' });
    expect(chain({ tokenFile: await tokenFile(other) }).describe()).toEqual({
      source: 'tokenFile',
    });
    env = { Quix__Sdk__Token: 'not sendable' };
    expect(chain().describe()).toEqual({ source: 'Quix__Sdk__Token' });
    env = {};
    expect(chain().describe()).toEqual({ source: 'Quix__Sdk__Token' });
  });

  function raise(): never {
    throw new Error('called');
  }
});

describe('a missing token', () => {
  const lookedAt = (options?: TokenChainOptions): string | undefined =>
    /Looked at: (.*?)\. (?=\S)/.exec(missing(options).message)?.[1];

  it('names every place that was looked at, in order', () => {
    expect(lookedAt()).toBe(
      'the token argument (not given), tokenFile (not given), the environment variable Quix__Sdk__Token (not set)',
    );
    env = { MY_TOKEN: ' ', Quix__Sdk__Token: '' };
    expect(lookedAt({ token: '', tokenEnvVar: 'MY_TOKEN' })).toBe(
      'the token argument (blank), tokenFile (not given), the environment variable MY_TOKEN (set but empty), the environment variable Quix__Sdk__Token (set but empty)',
    );
  });

  it('says what to do', () => {
    expect(missing().hint).toMatch(/^Set Quix__Sdk__Token to the streaming token/);
    expect(missing().retryable).toBe(false);
  });

  it.each([
    ['QUIX__SDK__TOKEN', undefined, 'Quix__Sdk__Token'],
    ['QUIX_SDK_TOKEN', undefined, 'Quix__Sdk__Token'],
    ['quix__sdk__token', 'MY_TOKEN', 'Quix__Sdk__Token'],
    ['my_token', 'MY_TOKEN', 'MY_TOKEN'],
    ['MYTOKEN', 'MY_TOKEN', 'MY_TOKEN'],
  ])('hints at %s, which is not used', (name, tokenEnvVar, meant) => {
    env = { [name]: secret };
    expect(missing({ tokenEnvVar }).hint).toMatch(
      `${name} is set, but names of variables are case-sensitive: rename it to ${meant}. Set `,
    );
  });

  it('hints at no variable that is blank or not alike', () => {
    env = { QUIX__SDK__TOKEN: ' ', Quix__Sdk__Tokens: secret, QUIX_TOKEN: secret };
    expect(missing().message).not.toContain('case-sensitive');
  });

  it('shows no value of the environment', () => {
    env = { QUIX__SDK__TOKEN: secret, OTHER: other };
    missing(); // expects no leak
  });
});

describe('what is said of the token without I/O', () => {
  it('passes over what is absent', () => {
    env = { Quix__Sdk__Token: secret };
    const { source, ...rest } = chain({ tokenEnvVar: 'MY_TOKEN' }).describe();
    expect(source).toBe('Quix__Sdk__Token');
    expect(rest).toHaveProperty('fingerprint');
  });

  it('takes a token that has to be cleaned', () => {
    env = { Quix__Sdk__Token: `"${secret}"` };
    chain().assertConfigured();
    expect(chain().describe()).toHaveProperty('kind', 'streaming');
  });

  it('stops at a variable that holds no token', () => {
    env = { MY_TOKEN: 'a b', Quix__Sdk__Token: secret };
    expect(chain({ tokenEnvVar: 'MY_TOKEN' }).describe()).toEqual({ source: 'MY_TOKEN' });
  });
});

describe('the advice for a missing token', () => {
  const advice =
    'Set Quix__Sdk__Token to the streaming token of your Quix environment, or pass the token as the first argument.';

  it('is where to put it', () => {
    env = { PATH: '/bin' };
    expect(missing().hint).toBe(advice);
  });

  it('names each variable that is only written in another way', () => {
    env = { QUIX_SDK_TOKEN: secret, quix__sdk__token: other };
    const isSet = (name: string): string =>
      `${name} is set, but names of variables are case-sensitive: rename it to Quix__Sdk__Token. `;
    expect(missing().hint).toBe(`${isSet('QUIX_SDK_TOKEN')}${isSet('quix__sdk__token')}${advice}`);
  });
});
