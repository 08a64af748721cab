import { beforeEach, describe, expect, it } from 'vitest';
import { QuixError, type TokenProvider } from 'quix-streams-auth';
import { Token, TokenChain, TokenSelector } from '../../src/token/index.ts';
import type { TokenChainOptions } from '../../src/token/token-chain.ts';
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
  return new TokenSelector(new TokenChain(options, () => env), log.warn);
}
const textOf = (token: Token | undefined): string | undefined => token?.reveal();
/** A provider that gives one after the other, the last one for ever. */
const series = (...tokens: string[]): TokenProvider => {
  let next = 0;
  return () => tokens[Math.min(next++, tokens.length - 1)] ?? '';
};

describe('the first token', () => {
  it('is that of the sources, read anew each time', async () => {
    const selector = select();
    expect(textOf(await selector.first(signal))).toBe(first);
    env['Quix__Sdk__Token'] = second;
    expect(textOf(await selector.first(signal))).toBe(second);
  });

  it('is that of the sources even where there is a fallback', async () => {
    expect(textOf(await select({ fallbackToken: second }).first(signal))).toBe(first);
  });

  it('is the fallback while that works', async () => {
    const selector = select({ fallbackToken: second });
    selector.accepted(new Token(second, 'fallbackToken'));
    expect(textOf(await selector.first(signal))).toBe(second);
    selector.accepted(new Token(first, 'Quix__Sdk__Token'));
    expect(textOf(await selector.first(signal))).toBe(first);
  });

  it('is that of the sources again when the fallback cannot be read, with a warning', async () => {
    const selector = select({ fallbackToken: () => Promise.reject(new Error(second)) });
    selector.accepted(new Token(second, 'fallbackToken'));
    expect(textOf(await selector.first(signal))).toBe(first);
    expect(log.codes).toEqual(['TOKEN_FALLBACK_FAILED']);
    expectNoLeak(log.all, [first, second]);
  });

  it('is inspected: a Personal Access Token that has expired is warned of', async () => {
    const encode = (part: unknown): string =>
      Buffer.from(JSON.stringify(part)).toString('base64url');
    env['Quix__Sdk__Token'] = `${encode({})}.${encode({ exp: 1 })}.x`;
    await select().first(signal);
    expect(log.codes).toEqual(['TOKEN_EXPIRED']);
    const fallbackToken = env['Quix__Sdk__Token'];
    env['Quix__Sdk__Token'] = first;
    await select({ fallbackToken }).next([new Token(first, 'x')], 401, signal);
    expect(log.codes).toEqual(['TOKEN_EXPIRED', 'TOKEN_EXPIRED']);
  });
});

describe('the next token', () => {
  const tried = (...texts: string[]): Token[] => texts.map((text) => new Token(text, 'tried'));

  it.each([401, 403])('after %i is what the sources give meanwhile', async (status) => {
    env['Quix__Sdk__Token'] = second;
    expect(textOf(await select().next(tried(first), status, signal))).toBe(second);
  });

  it.each([401, 403])('after %i is none when the sources give the same', async (status) => {
    expect(await select().next(tried(first), status, signal)).toBeUndefined();
  });

  it('after 401 is the fallback when the sources give the same', async () => {
    const next = await select({ fallbackToken: second }).next(tried(first), 401, signal);
    expect([next?.source, textOf(next)]).toEqual(['fallbackToken', second]);
  });

  it('after 403 is never the fallback: the token is a valid one', async () => {
    expect(await select({ fallbackToken: second }).next(tried(first), 403, signal)).toBeUndefined();
  });

  it('is the fallback after the sources gave another that was rejected, too', async () => {
    const third = randomSecret();
    const selector = select({ token: series(first, second), fallbackToken: third });
    const one = await selector.first(signal);
    const two = await selector.next([one], 401, signal);
    const three = await selector.next([one, two ?? one], 401, signal);
    expect([one, two, three].map(textOf)).toEqual([first, second, third]);
    expect(await selector.next([one, two ?? one, three ?? one], 401, signal)).toBeUndefined();
  });

  it('is that of the sources when it was the fallback that was rejected', async () => {
    const selector = select({ fallbackToken: second });
    selector.accepted(new Token(second, 'fallbackToken'));
    const one = await selector.first(signal);
    expect(textOf(one)).toBe(second);
    expect(textOf(await selector.next([one], 401, signal))).toBe(first);
  });

  it('is never one that was tried', async () => {
    expect(await select({ fallbackToken: first }).next(tried(first), 401, signal)).toBeUndefined();
    const selector = select({ token: series(second), fallbackToken: first });
    expect(await selector.next(tried(first, second), 401, signal)).toBeUndefined();
  });

  it('ends, though a function makes a new token for each call', async () => {
    const selector = select({ token: () => randomSecret(), fallbackToken: () => randomSecret() });
    const all = [await selector.first(signal)];
    for (
      let next = await selector.next(all, 401, signal);
      next;
      next = await selector.next(all, 401, signal)
    )
      all.push(next);
    expect(all.map(({ source }) => source)).toEqual(['provider', 'provider', 'fallbackToken']);
  });

  it('does not let a source that fails now hide the answer of the Portal', async () => {
    const selector = select({ token: () => Promise.reject(new Error(second)) });
    expect(await selector.next(tried(first), 401, signal)).toBeUndefined();
    const withFallback = select({
      token: () => Promise.reject(new Error('x')),
      fallbackToken: second,
    });
    expect(textOf(await withFallback.next(tried(first), 401, signal))).toBe(second);
  });

  it('does not let a fallback that fails hide it either, and warns', async () => {
    const selector = select({ fallbackToken: () => Promise.reject(new Error(second)) });
    expect(await selector.next(tried(first), 401, signal)).toBeUndefined();
    expect(log.codes).toEqual(['TOKEN_FALLBACK_FAILED']);
    expectNoLeak(log.all, [second]);
  });

  it.each([
    ['the sources', (token: TokenProvider): TokenChainOptions => ({ token })],
    ['the fallback', (fallbackToken: TokenProvider): TokenChainOptions => ({ fallbackToken })],
  ])('is not waited for when the client is closed while %s are asked', async (_, make) => {
    const closed = new QuixError('QUIX_CLIENT_CLOSED', 'Closed.');
    const controller = new AbortController();
    const selector = select(
      make(() => {
        controller.abort(closed);
        return new Promise(() => undefined);
      }),
    );
    expect(await failureOf(() => selector.next(tried(first), 401, controller.signal))).toBe(closed);
  });
});
