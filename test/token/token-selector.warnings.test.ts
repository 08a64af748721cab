import { describe, expect, it } from 'vitest';
import { Token } from '../../src/token/token.ts';
import { tokenWarnings } from '../../src/token/token-selector.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { jwt } from '../support/jwt.ts';

const make = (text: string, source = 'argument'): Token => new Token(text, source);

describe('tokenWarnings', () => {
  const NOW = Date.parse('2026-03-01T12:00:00Z');
  const HOUR = 3_600;
  const at = (offsetSeconds: number): number => NOW / 1000 + offsetSeconds;
  const codes = (claims: unknown): string[] =>
    tokenWarnings(make(jwt(claims), 'MY_TOKEN'), {}, NOW).map(({ code }) => code);

  it.each<[string, unknown, string[]]>([
    ['is far away', { exp: at(48 * HOUR + 1) }, []],
    ['is two days away', { exp: at(48 * HOUR) }, ['TOKEN_EXPIRES_SOON']],
    ['is a second away', { exp: at(1) }, ['TOKEN_EXPIRES_SOON']],
    ['is now', { exp: at(0) }, ['TOKEN_EXPIRED']],
    ['is over', { exp: at(-HOUR) }, ['TOKEN_EXPIRED']],
    ['is unknown', {}, []],
  ])('returns warnings for an expiry that %s', (_, claims, expected) => {
    expect(codes(claims)).toEqual(expected);
  });

  it.each<[unknown, string[]]>([
    [{ nbf: at(1) }, ['TOKEN_NOT_YET_VALID']],
    [{ nbf: at(0) }, []],
    [{ nbf: at(-HOUR) }, []],
    [{ nbf: at(HOUR), exp: at(2 * HOUR) }, ['TOKEN_NOT_YET_VALID', 'TOKEN_EXPIRES_SOON']],
  ])('returns warnings for the claims %j', (claims, expected) => {
    expect(codes(claims)).toEqual(expected);
  });

  it('names the source and the time, and states that the token is sent', () => {
    const token = make(jwt({ exp: at(-HOUR), nbf: at(HOUR) }), 'MY_TOKEN');
    const [notYet, expired] = tokenWarnings(token, {}, NOW);
    expect(notYet?.message).toMatch(/MY_TOKEN .* 2026-03-01T13:00:00\.000Z\..*clock/);
    expect(expired?.message).toMatch(/MY_TOKEN .* 2026-03-01T11:00:00\.000Z/);
    for (const warning of [notYet, expired]) {
      expect(warning?.message).toContain('sent anyway');
      expect(warning?.about).toBe('MY_TOKEN');
      expectNoLeak(warning, [token.reveal()]);
    }
  });

  it('returns no warnings when they are turned off', () => {
    expect(tokenWarnings(make(jwt({ exp: 1 })), false, NOW)).toEqual([]);
  });

  it('names the time at which a token will expire, and advises to replace it', () => {
    const soon = make(jwt({ exp: NOW / 1_000 + 3_600 }), 'MY_TOKEN');
    const [warning] = tokenWarnings(soon, {}, NOW);
    expect(warning).toMatchObject({ code: 'TOKEN_EXPIRES_SOON', about: 'MY_TOKEN' });
    expect(warning?.message).toMatch(/MY_TOKEN .*2026-03-01T13:00:00\.000Z\. Replace/);
  });

  it('returns no warnings for a streaming token', () => {
    expect(tokenWarnings(make(randomSecret()))).toEqual([]);
  });

  it('warns at another time if the option says so', () => {
    const soon = make(jwt({ exp: at(60) }));
    expect(tokenWarnings(soon, { expiryWithinMs: 59_999 }, NOW)).toEqual([]);
    expect(tokenWarnings(soon, { expiryWithinMs: 60_000 }, NOW)).toHaveLength(1);
  });

  it('uses the current time by default', () => {
    expect(tokenWarnings(make(jwt({ exp: Date.now() / 1_000 + 60 })))).toHaveLength(1);
    expect(tokenWarnings(make(jwt({ exp: Date.now() / 1_000 + 3 * 86_400 })))).toEqual([]);
  });
});
