import { beforeEach, describe, expect, it } from 'vitest';
import { QuixError, type TokenProvider } from 'quix-streams-auth';
import { Token, TokenChain, TokenSelector, valueSource } from '../../src/token/index.ts';
import type { TokenChainOptions } from '../../src/token/token-chain.ts';
import { jwt } from '../support/jwt.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { failureOf } from '../support/portal-access.ts';
import { logWarnings, type WarningLog } from '../support/warnings.ts';

let env: Record<string, string>;
let log: WarningLog;
let first: string;
let second: string;
beforeEach(() => {
  first = randomSecret();
  second = randomSecret();
  env = { Quix__Sdk__Token: first };
  log = logWarnings();
});

const { signal } = new AbortController();

function select(options: TokenChainOptions = {}): TokenSelector {
  return new TokenSelector(new TokenChain({ ...options, readEnv: () => env }), log.warn);
}
const textOf = (token: Token | undefined): string | undefined => token?.reveal();
/** Returns a function that returns these tokens in order, and the last one again and again. */
const series = (...tokens: string[]): TokenProvider => {
  let next = 0;
  return () => tokens[Math.min(next++, tokens.length - 1)] ?? '';
};

describe('TokenSelector.readFirst', () => {
  it('reads the sources each time', async () => {
    const selector = select();
    expect(textOf(await selector.readFirst(signal))).toBe(first);
    env['Quix__Sdk__Token'] = second;
    expect(textOf(await selector.readFirst(signal))).toBe(second);
  });

  it('returns the token of the sources even if there is a fallback', async () => {
    expect(textOf(await select({ fallbackToken: second }).readFirst(signal))).toBe(first);
  });

  it('returns the fallback after it was accepted, until another token is accepted', async () => {
    const selector = select({ fallbackToken: second });
    selector.accept(new Token(second, 'fallbackToken'));
    expect(textOf(await selector.readFirst(signal))).toBe(second);
    selector.accept(new Token(first, 'Quix__Sdk__Token'));
    expect(textOf(await selector.readFirst(signal))).toBe(first);
  });

  it('returns the token of the sources, with a warning, when the preferred fallback cannot be read', async () => {
    const selector = select({ fallbackToken: () => Promise.reject(new Error(second)) });
    selector.accept(new Token(second, 'fallbackToken'));
    expect(textOf(await selector.readFirst(signal))).toBe(first);
    expect(log.codes).toEqual(['TOKEN_FALLBACK_FAILED']);
    expectNoLeak(log.all, [first, second]);
  });

  it('warns about an expired Personal Access Token, as readNext() does', async () => {
    env['Quix__Sdk__Token'] = jwt({ exp: 1 });
    await select().readFirst(signal);
    expect(log.codes).toEqual(['TOKEN_EXPIRED']);
    const fallbackToken = env['Quix__Sdk__Token'];
    env['Quix__Sdk__Token'] = first;
    await select({ fallbackToken }).readNext([new Token(first, 'x')], 401, signal);
    expect(log.codes).toEqual(['TOKEN_EXPIRED', 'TOKEN_EXPIRED']);
  });
});

describe('TokenSelector.readNext', () => {
  const tried = (...texts: string[]): Token[] => texts.map((text) => new Token(text, 'tried'));

  it.each([401, 403])('returns a new token of the sources after status %i', async (status) => {
    env['Quix__Sdk__Token'] = second;
    expect(textOf(await select().readNext(tried(first), status, signal))).toBe(second);
  });

  it.each([401, 403])(
    'returns undefined after status %i when the sources return the same token',
    async (status) => {
      expect(await select().readNext(tried(first), status, signal)).toBeUndefined();
    },
  );

  it('returns the fallback after a 401 when the sources return the same token', async () => {
    const next = await select({ fallbackToken: second }).readNext(tried(first), 401, signal);
    expect([next?.source, textOf(next)]).toEqual(['fallbackToken', second]);
  });

  it('does not return the fallback after a 403, because the token is valid', async () => {
    expect(
      await select({ fallbackToken: second }).readNext(tried(first), 403, signal),
    ).toBeUndefined();
  });

  it('returns the fallback after a second token of the sources was rejected too', async () => {
    const third = randomSecret();
    const selector = select({ token: series(first, second), fallbackToken: third });
    const one = await selector.readFirst(signal);
    const two = await selector.readNext([one], 401, signal);
    const three = await selector.readNext([one, two ?? one], 401, signal);
    expect([one, two, three].map(textOf)).toEqual([first, second, third]);
    expect(await selector.readNext([one, two ?? one, three ?? one], 401, signal)).toBeUndefined();
  });

  it('returns the token of the sources after the preferred fallback was rejected', async () => {
    const selector = select({ fallbackToken: second });
    selector.accept(new Token(second, 'fallbackToken'));
    const one = await selector.readFirst(signal);
    expect(textOf(one)).toBe(second);
    expect(textOf(await selector.readNext([one], 401, signal))).toBe(first);
  });

  it('never returns a token that was tried', async () => {
    expect(
      await select({ fallbackToken: first }).readNext(tried(first), 401, signal),
    ).toBeUndefined();
    const selector = select({ token: series(second), fallbackToken: first });
    expect(await selector.readNext(tried(first, second), 401, signal)).toBeUndefined();
  });

  it('returns at most two more tokens, even if a function creates a new token for each call', async () => {
    const selector = select({ token: () => randomSecret(), fallbackToken: () => randomSecret() });
    const all = [await selector.readFirst(signal)];
    for (
      let next = await selector.readNext(all, 401, signal);
      next;
      next = await selector.readNext(all, 401, signal)
    )
      all.push(next);
    expect(all.map(({ source }) => source)).toEqual(['provider', 'provider', 'fallbackToken']);
  });

  it('ignores a source that fails, and returns the fallback if there is one', async () => {
    const selector = select({ token: () => Promise.reject(new Error(second)) });
    expect(await selector.readNext(tried(first), 401, signal)).toBeUndefined();
    const withFallback = select({
      token: () => Promise.reject(new Error('x')),
      fallbackToken: second,
    });
    expect(textOf(await withFallback.readNext(tried(first), 401, signal))).toBe(second);
  });

  it('returns undefined, with a warning, when the fallback cannot be read', async () => {
    const selector = select({ fallbackToken: () => Promise.reject(new Error(second)) });
    expect(await selector.readNext(tried(first), 401, signal)).toBeUndefined();
    expect(log.all).toMatchObject([{ code: 'TOKEN_FALLBACK_FAILED', about: 'fallbackToken' }]);
    expect(log.all[0]?.message).toMatch(/fallbackToken .*function/);
    expectNoLeak(log.all, [second]);
  });

  it.each([
    ['the sources', (token: TokenProvider): TokenChainOptions => ({ token })],
    ['the fallback', (fallbackToken: TokenProvider): TokenChainOptions => ({ fallbackToken })],
  ])('rejects with the reason when the client is closed while it reads %s', async (_, make) => {
    const closed = new QuixError('QUIX_CLIENT_CLOSED', 'Closed.');
    const controller = new AbortController();
    const selector = select(
      make(() => {
        controller.abort(closed);
        return new Promise(() => undefined);
      }),
    );
    expect(await failureOf(() => selector.readNext(tried(first), 401, controller.signal))).toBe(
      closed,
    );
  });
});

describe('TokenSelector.readSource', () => {
  it('reads the source that was passed, and no other', async () => {
    const selector = select({ fallbackToken: () => Promise.reject(new Error('unexpected')) });
    const token = await selector.readSource(valueSource(`"${second}"`, 'rotateToken'), signal);
    expect([token.source, textOf(token)]).toEqual(['rotateToken', second]);
    expect(log.codes).toEqual(['TOKEN_CLEANED']);
  });

  it('warns about an expired Personal Access Token', async () => {
    await select().readSource(valueSource(jwt({ exp: 1 }), 'rotateToken'), signal);
    expect(log.codes).toEqual(['TOKEN_EXPIRED']);
  });

  it('fails for a blank token', async () => {
    const error = await failureOf(() =>
      select().readSource(valueSource(' ', 'rotateToken'), signal),
    );
    expect(error).toMatchObject({ code: 'QUIX_TOKEN_INVALID', retryable: false });
    expect(error.summary).toContain('rotateToken()');
    expect(error.hint).toContain('new token');
  });
});

describe('TokenSelector.accept', () => {
  it('replaces the other sources by the source that was passed', async () => {
    const selector = select({ token: first });
    selector.accept(new Token(second, 'rotateToken'), valueSource(second, 'rotateToken'));
    expect(textOf(await selector.readFirst(signal))).toBe(second);
    expect(
      await selector.readNext([new Token(second, 'rotateToken')], 401, signal),
    ).toBeUndefined();
  });

  it('keeps the fallback available after the other sources were replaced', async () => {
    const third = randomSecret();
    const selector = select({ fallbackToken: third });
    selector.accept(new Token(second, 'rotateToken'), valueSource(second, 'rotateToken'));
    const next = await selector.readNext([new Token(second, 'rotateToken')], 401, signal);
    expect(textOf(next)).toBe(third);
  });

  it('keeps the sources when none was passed', async () => {
    const selector = select();
    selector.accept(new Token(second, 'provider'));
    expect(textOf(await selector.readFirst(signal))).toBe(first);
  });
});
