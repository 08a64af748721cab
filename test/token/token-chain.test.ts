import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { QuixError } from 'quix-streams-auth';
import { TokenChain, valueSource } from '../../src/token/index.ts';
import type { TokenChainOptions } from '../../src/token/token-chain.ts';
import { codeOf, errorThrown } from '../support/errors.ts';
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

const chain = (options: TokenChainOptions = {}): TokenChain =>
  new TokenChain({ ...options, readEnv: () => env });
const { signal } = new AbortController();

async function read(options: TokenChainOptions | TokenChain = {}) {
  const token = await (options instanceof TokenChain ? options : chain(options)).read(
    signal,
    log.warn,
  );
  expectNoLeak(log.all, [secret, other]);
  return [token.source, token.reveal()];
}

/** Returns the error of a chain without a token. It must not contain a token of the environment. */
function missing(options: TokenChainOptions = {}): QuixError {
  const error = errorThrown(() => {
    chain(options).assertConfigured();
  });
  expect(error).toMatchObject({ code: 'QUIX_TOKEN_MISSING', retryable: false });
  expectNoLeak(error, [secret, other]);
  return error;
}

async function tokenFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quix-chain-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'token');
  await writeFile(path, text);
  return path;
}

describe('TokenChain.read', () => {
  it('reads the sources in their order: argument, file, chosen variable, default variable', async () => {
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

  it('reads the sources that `sources` lists', () => {
    const options = { token: secret, tokenFile: '/x', tokenEnvVar: 'MY_TOKEN' };
    expect(chain(options).sources.map(({ name }) => name)).toEqual([
      'argument',
      'tokenFile',
      'MY_TOKEN',
      'MY_TOKEN_FILE',
      'Quix__Sdk__Token',
      'Quix__Sdk__Token_FILE',
    ]);
  });

  it('reads a function before all variables', async () => {
    env = { Quix__Sdk__Token: other };
    expect(await read({ token: () => secret })).toEqual(['provider', secret]);
  });

  it('continues after a blank argument, with a warning', async () => {
    env = { Quix__Sdk__Token: secret };
    expect(await read({ token: ' \n' })).toEqual(['Quix__Sdk__Token', secret]);
    expect(log.codes).toEqual(['TOKEN_BLANK']);
  });

  it('continues after a chosen variable that is not set, with a warning that names both variables', async () => {
    env = { Quix__Sdk__Token: secret };
    expect(await read({ tokenEnvVar: 'MY_TOKEN' })).toEqual(['Quix__Sdk__Token', secret]);
    expect(log.codes).toEqual(['TOKEN_VARIABLE_UNSET']);
    expect(log.all[0]).toMatchObject({ about: 'MY_TOKEN' });
    expect(log.all[0]?.message).toMatch(/MY_TOKEN .*Quix__Sdk__Token .*tokenEnvVar/);
  });

  it('continues after a chosen variable that is blank, with two warnings', async () => {
    env = { MY_TOKEN: '', Quix__Sdk__Token: secret };
    expect(await read({ tokenEnvVar: 'MY_TOKEN' })).toEqual(['Quix__Sdk__Token', secret]);
    expect(log.codes).toEqual(['TOKEN_BLANK', 'TOKEN_VARIABLE_UNSET']);
  });

  it('does not warn when the default variable is the chosen one', async () => {
    env = { Quix__Sdk__Token: secret };
    expect(await read({ tokenEnvVar: 'Quix__Sdk__Token' })).toEqual(['Quix__Sdk__Token', secret]);
    expect(log.all).toEqual([]);
  });

  it.each([
    ['a function that fails', { token: () => Promise.reject(new Error(secret)) }],
    ['a function that returns a blank string', { token: () => '' }],
    ['a file that is missing', { tokenFile: '/nonexistent/token' }],
    ['a text that cannot be sent', { token: `${other} x` }],
  ])('does not continue after %s', async (_, options: TokenChainOptions) => {
    env = { Quix__Sdk__Token: secret };
    const error = await failureOf(() => read(options));
    expect(error.code).toMatch(/^QUIX_TOKEN_(?:SOURCE_FAILED|INVALID)$/);
    expectNoLeak(error, [secret, other]);
  });

  it('checks the default variable once when it is the chosen one', () => {
    const { message } = missing({ tokenEnvVar: 'Quix__Sdk__Token' });
    expect(message.match(/the environment variable Quix__Sdk__Token/g)).toHaveLength(1);
  });

  it('reads a variable again each time, because it may be set, changed and removed', async () => {
    const one = chain();
    env = { Quix__Sdk__Token: secret };
    expect(await read(one)).toEqual(['Quix__Sdk__Token', secret]);
    env['Quix__Sdk__Token'] = other;
    expect(await read(one)).toEqual(['Quix__Sdk__Token', other]);
    env = {};
    expect((await failureOf(() => read(one))).code).toBe('QUIX_TOKEN_MISSING');
  });

  it('reads only the source that replaced all others', async () => {
    env = { Quix__Sdk__Token: other };
    const one = chain({ token: other, tokenEnvVar: 'MY_TOKEN' });
    one.replace(valueSource(secret, 'rotateToken'));
    expect(await read(one)).toEqual(['rotateToken', secret]);
    expect(one.describe()).toMatchObject({ source: 'rotateToken' });
  });

  it('shows no token when the chain is inspected', () => {
    expectNoLeak(chain({ token: secret, fallbackToken: other }), [secret, other]);
  });
});

describe('a variable that names a file', () => {
  it.each([
    ['Quix__Sdk__Token_FILE', {}],
    ['MY_TOKEN_FILE', { tokenEnvVar: 'MY_TOKEN' }],
  ])('is read again each time, also if the path changes: %s', async (name, options) => {
    const [path, otherPath] = await Promise.all([tokenFile(secret), tokenFile(other)]);
    env = { [name]: ` ${path} ` };
    const one = chain(options);
    one.assertConfigured();
    expect(one.describe()).toEqual({ source: name });
    expect(await read(one)).toEqual([name, secret]);
    await writeFile(path, other);
    expect(await read(one)).toEqual([name, other]);
    await writeFile(otherPath, secret);
    env = { [name]: otherPath };
    expect(await read(one)).toEqual([name, secret]);
    expect(log.all).toEqual([]);
  });

  it('keeps the last token while the file cannot be read, with a warning', async () => {
    const path = await tokenFile(secret);
    env = { Quix__Sdk__Token_FILE: path };
    const one = chain();
    await read(one);
    await rm(path);
    expect(await read(one)).toEqual(['Quix__Sdk__Token_FILE', secret]);
    expect(log.codes).toEqual(['TOKEN_FILE_UNREADABLE']);
  });

  it('is named, with its path, by the error of a file that cannot be read', async () => {
    env = { Quix__Sdk__Token_FILE: '/nonexistent/token' };
    const error = await failureOf(() => read());
    expect(error.code).toBe('QUIX_TOKEN_SOURCE_FAILED');
    expect(error.message).toMatch(/\/nonexistent\/token .*Quix__Sdk__Token_FILE.*ENOENT/);
  });

  it('comes after the argument and the option tokenFile, and before the default variable', async () => {
    env = { MY_TOKEN_FILE: await tokenFile(secret), Quix__Sdk__Token: other };
    expect(await read({ tokenEnvVar: 'MY_TOKEN' })).toEqual(['MY_TOKEN_FILE', secret]);
    expect(await read({ tokenEnvVar: 'MY_TOKEN', token: other })).toEqual(['argument', other]);
    const options = { tokenEnvVar: 'MY_TOKEN', tokenFile: await tokenFile(other) };
    expect(await read(options)).toEqual(['tokenFile', other]);
    expect(log.all).toEqual([]);
  });

  it('causes the warning about an unset variable if the default one is used', async () => {
    env = { Quix__Sdk__Token_FILE: await tokenFile(secret) };
    await read({ tokenEnvVar: 'MY_TOKEN' });
    expect(log.codes).toEqual(['TOKEN_VARIABLE_UNSET']);
    expect(log.all[0]?.message).toContain('so Quix__Sdk__Token_FILE is used');
  });

  it.each(['Quix__Sdk__Token', 'MY_TOKEN'])(
    'is QUIX_CONFIG if %s is set too, in the constructor and later',
    async (name) => {
      env = { [name]: secret, [`${name}_FILE`]: '/run/secrets/quix' };
      const options = { tokenEnvVar: 'MY_TOKEN' };
      const error = errorThrown(() => {
        chain(options).assertConfigured();
      });
      expect(error.code).toBe('QUIX_CONFIG');
      expect(error.message).toContain(`${name} and ${name}_FILE`);
      expect((await failureOf(() => read(options))).code).toBe('QUIX_CONFIG');
      expectNoLeak(error, [secret]);
    },
  );

  it('counts as not set if it is blank, and so does a blank variable without the suffix', async () => {
    env = { Quix__Sdk__Token: secret, Quix__Sdk__Token_FILE: ' ' };
    expect(await read()).toEqual(['Quix__Sdk__Token', secret]);
    env = { Quix__Sdk__Token: ' ', Quix__Sdk__Token_FILE: await tokenFile(other) };
    expect(await read()).toEqual(['Quix__Sdk__Token_FILE', other]);
    env = { Quix__Sdk__Token_FILE: '' };
    expect(missing().summary).toContain('Quix__Sdk__Token_FILE (not set)');
  });

  it('is QUIX_CONFIG if it contains a token, which the message does not repeat', () => {
    env = { Quix__Sdk__Token_FILE: secret };
    const error = errorThrown(() => {
      chain().assertConfigured();
    });
    expect(error.code).toBe('QUIX_CONFIG');
    expect(error.message).toContain('Quix__Sdk__Token_FILE');
    expectNoLeak(error, [secret]);
    expect(chain().describe()).toEqual({ source: 'Quix__Sdk__Token_FILE' });
  });

  it('is suggested for a path in the variable without the suffix', () => {
    for (const path of ['/run/secrets/quix', './token', '/var/run/secrets/a']) {
      env = { Quix__Sdk__Token: path };
      const error = errorThrown(() => {
        chain().assertConfigured();
      });
      expect(error.code).toBe('QUIX_TOKEN_INVALID');
      expect(error.message).toContain('_FILE');
    }
  });
});

describe('TokenChain.readFallback', () => {
  it('reads the fallback, which is not one of the sources', async () => {
    const one = chain({ token: secret, fallbackToken: ` ${other}` });
    const fallback = await one.readFallback(signal, log.warn);
    expect(fallback?.reveal()).toBe(other);
    expect(fallback?.source).toBe('fallbackToken');
    expect(missing({ fallbackToken: other }).code).toBe('QUIX_TOKEN_MISSING');
  });

  it('returns undefined for an absent or blank fallback', async () => {
    expect(await chain().readFallback(signal, log.warn)).toBeUndefined();
    expect(await chain({ fallbackToken: ' ' }).readFallback(signal, log.warn)).toBeUndefined();
    expect(log.codes).toEqual(['TOKEN_BLANK']);
  });
});

describe('TokenChain.assertConfigured', () => {
  it('throws for a fallback that cannot be sent', () => {
    env = { Quix__Sdk__Token: secret };
    expect(
      codeOf(() => {
        chain({ fallbackToken: `${other} x` }).assertConfigured();
      }),
    ).toBe('QUIX_TOKEN_INVALID');
  });

  it.each<[string, TokenChainOptions, Record<string, string>]>([
    ['an argument', { token: secret }, {}],
    [
      'a function, which is not called',
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
  ])('accepts %s', (_, options, given) => {
    env = given;
    chain(options).assertConfigured();
  });

  it.each<[TokenChainOptions, Record<string, string>]>([
    [{ token: `${secret} x` }, {}],
    [{}, { Quix__Sdk__Token: `${secret} x` }],
    [{ tokenEnvVar: 'MY_TOKEN' }, { MY_TOKEN: `"${secret}`, Quix__Sdk__Token: other }],
  ])('throws for a token that cannot be sent (case %#)', (options, given) => {
    env = given;
    expect(
      codeOf(() => {
        chain(options).assertConfigured();
      }),
    ).toBe('QUIX_TOKEN_INVALID');
  });
});

describe('TokenChain.describe', () => {
  it('describes the token that would be read first', async () => {
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

  it('skips sources that are absent', () => {
    env = { Quix__Sdk__Token: secret };
    const { source, ...rest } = chain({ tokenEnvVar: 'MY_TOKEN' }).describe();
    expect(source).toBe('Quix__Sdk__Token');
    expect(rest).toHaveProperty('fingerprint');
  });

  it('describes a token that has to be cleaned', () => {
    env = { Quix__Sdk__Token: `"${secret}"` };
    chain().assertConfigured();
    expect(chain().describe()).toHaveProperty('kind', 'streaming');
  });

  it('stops at a variable with text that cannot be sent', () => {
    env = { MY_TOKEN: 'a b', Quix__Sdk__Token: secret };
    expect(chain({ tokenEnvVar: 'MY_TOKEN' }).describe()).toEqual({ source: 'MY_TOKEN' });
  });
});

describe('the error for a missing token', () => {
  const placesIn = (options?: TokenChainOptions): string | undefined =>
    /: (.*)\.$/.exec(missing(options).summary)?.[1];

  it('names every place that was checked, in order', () => {
    expect(placesIn()).toBe(
      'the token argument (not passed), tokenFile (not passed), the environment variable Quix__Sdk__Token (not set), the file in Quix__Sdk__Token_FILE (not set)',
    );
    env = { MY_TOKEN: ' ', Quix__Sdk__Token: '' };
    expect(placesIn({ token: '', tokenEnvVar: 'MY_TOKEN' })).toBe(
      'the token argument (blank), tokenFile (not passed), the environment variable MY_TOKEN (set but empty), the file in MY_TOKEN_FILE (not set), the environment variable Quix__Sdk__Token (set but empty), the file in Quix__Sdk__Token_FILE (not set)',
    );
  });

  it('has a hint that names the default variable', () => {
    env = { PATH: '/bin' };
    expect(missing().hint).toMatch(/^Set Quix__Sdk__Token .*streaming token.*argument\.$/);
  });

  it.each([
    ['QUIX__SDK__TOKEN', undefined, 'Quix__Sdk__Token'],
    ['QUIX_SDK_TOKEN', undefined, 'Quix__Sdk__Token'],
    ['quix__sdk__token', 'MY_TOKEN', 'Quix__Sdk__Token'],
    ['my_token', 'MY_TOKEN', 'MY_TOKEN'],
    ['MYTOKEN', 'MY_TOKEN', 'MY_TOKEN'],
  ])('says that %s is not read', (name, tokenEnvVar, intended) => {
    env = { [name]: secret };
    expect(missing({ tokenEnvVar }).summary).toMatch(
      new RegExp(` ${name} is set, .* ${intended}\\.$`),
    );
  });

  it('does not mention a variable that is blank or has another name', () => {
    env = { QUIX__SDK__TOKEN: ' ', Quix__Sdk__Tokens: secret, QUIX_TOKEN: secret };
    expect(missing().message).not.toContain('is set, ');
  });

  it('names each variable with a name that differs only in case and underscores', () => {
    env = { QUIX_SDK_TOKEN: secret, quix__sdk__token: other };
    expect(missing().summary).toMatch(
      / QUIX_SDK_TOKEN .* Quix__Sdk__Token\. quix__sdk__token .* Quix__Sdk__Token\.$/,
    );
  });

  it('contains no value of the environment', () => {
    env = { QUIX__SDK__TOKEN: secret, OTHER: other };
    expectNoLeak(missing(), [secret, other]);
  });
});
