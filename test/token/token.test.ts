import { inspect } from 'node:util';
import { serialize } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Token } from '../../src/token/index.ts';
import { tokenWarnings } from '../../src/token/token-warnings.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const encode = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const jwt = (claims: unknown): string =>
  `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.${encode('signature')}`;

const make = (text: string, source = 'argument'): Token => new Token(text, source);
const seconds = (iso: string): number => Date.parse(iso) / 1000;

describe('a token', () => {
  it('is revealed by its name alone', () => {
    const text = randomSecret();
    expect(make(text).reveal()).toBe(text);
    expect(make(text).describe().source).toBe('argument');
  });

  it.each([randomSecret(), randomSecret('pat-'), jwt({ sub: randomSecret('') })])(
    'is not printed, serialised or copied with its text',
    (text) => {
      const token = make(text, 'MY_TOKEN');
      for (const value of [
        token,
        [token],
        { token },
        token.describe(),
        new Error('x', { cause: token }),
      ])
        expectNoLeak(value, [text]);
      expectNoLeak(serialize(token).toString('latin1'), [text]);
      expect(Object.values(token)).toEqual(['MY_TOKEN']);
    },
  );

  it('is serialised as its description, and printed with its source alone', () => {
    const token = make(jwt({ exp: seconds('2040-01-01T00:00:00Z') }), 'MY_TOKEN');
    expect(inspect(token)).toBe("Token { source: 'MY_TOKEN' }");
    expect(JSON.parse(JSON.stringify(token))).toEqual({
      source: 'MY_TOKEN',
      kind: 'jwt',
      fingerprint: token.fingerprint,
      expiresAt: '2040-01-01T00:00:00.000Z',
    });
  });

  it('is the same as another of the same text, whatever the source', () => {
    const text = randomSecret();
    expect(make(text, 'a').sameAs(make(text, 'b'))).toBe(true);
    expect(make(text).sameAs(make(randomSecret()))).toBe(false);
    expect(make(text).sameAs(undefined)).toBe(false);
  });
});

describe('a fingerprint', () => {
  it('is twelve hexadecimal digits, whatever the length of the token', () => {
    for (const text of ['a', randomSecret(), 'x'.repeat(8_000)])
      expect(make(text).fingerprint).toMatch(/^[0-9a-f]{12}$/);
  });

  it('tells tokens apart, and is the same for the same text', () => {
    const texts = Array.from({ length: 200 }, () => randomSecret());
    const prints = texts.map((text) => make(text).fingerprint);
    expect(new Set(prints).size).toBe(200);
    expect(texts.map((text) => make(text, 'other').fingerprint)).toEqual(prints);
  });

  it('is no plain hash, which a list of known tokens would give away', async () => {
    const digest = await crypto.subtle.digest('SHA-256', Buffer.from('sdk-token'));
    const plain = Buffer.from(digest).toString('hex');
    expect(plain.startsWith(make('sdk-token').fingerprint)).toBe(false);
  });
});

describe('the kind of a token', () => {
  it.each([
    [randomSecret('sdk-'), 'streaming'],
    ['sdk-', 'streaming'],
    [randomSecret('pat-'), 'opaque'],
    [randomSecret(''), 'opaque'],
    [jwt({}), 'jwt'],
    ['a.b', 'opaque'],
    ['a.b.c', 'opaque'],
    ['..', 'opaque'],
    ['a.b.c.d.e', 'opaque'],
    [`x.${encode('not json')}.y`, 'opaque'],
    [`x.${encode([1])}.y`, 'opaque'],
    [`x.${encode('"text"')}.y`, 'opaque'],
    [`x.${encode('null')}.y`, 'opaque'],
    [`eyJ.${encode({})}`, 'opaque'],
  ])('%s is %s', (text, kind) => {
    expect(make(text).kind).toBe(kind);
  });

  it('and its times are read from anything without throwing', () => {
    const claims = fc.record(
      {
        exp: fc.anything(),
        nbf: fc.anything(),
        'https://quix.ai/exp': fc.anything(),
        'https://quix.io/exp': fc.anything(),
      },
      { requiredKeys: [] },
    );
    const bodies = fc.oneof(fc.string(), fc.json(), claims.map(tryJson));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          bodies.map((body) => `h.${encode(body)}.s`),
        ),
        (text) => {
          const { kind, expiresAt, notBefore } = make(text);
          expect(['streaming', 'jwt', 'opaque']).toContain(kind);
          for (const date of [expiresAt, notBefore])
            if (date) expect(Number.isNaN(date.getTime())).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });

  function tryJson(value: unknown): string {
    try {
      return JSON.stringify(value);
    } catch {
      return '{}'; // a bigint
    }
  }
});

describe('the expiry of a token', () => {
  const EXP = seconds('2030-01-01T00:00:00Z');

  it('is none for an opaque one, and none without a claim', () => {
    expect(make(randomSecret()).expiresAt).toBeUndefined();
    expect(make(randomSecret()).describe()).not.toHaveProperty('expiresAt');
    expect(make(jwt({})).expiresAt).toBeUndefined();
  });

  it('is the claim exp, in seconds', () => {
    expect(make(jwt({ exp: EXP })).expiresAt).toEqual(new Date('2030-01-01T00:00:00Z'));
  });

  it.each<[string, unknown, string | undefined]>([
    ['https://quix.ai/exp', String(seconds('2031-01-01T00:00:00Z')), '2031-01-01T00:00:00.000Z'],
    ['https://quix.io/exp', ' 1924992000 ', '2031-01-01T00:00:00.000Z'],
    ['https://quix.ai/exp', 1_924_992_000, '2031-01-01T00:00:00.000Z'],
    ['https://quix.ai/exp', '2031-01-01T00:00:00Z', '2031-01-01T00:00:00.000Z'],
    ['https://quix.ai/exp', 'never', '2030-01-01T00:00:00.000Z'],
    ['https://quix.ai/exp', '', '2030-01-01T00:00:00.000Z'],
    ['https://quix.ai/exp', null, '2030-01-01T00:00:00.000Z'],
    ['https://quix.ai/exp', [1_924_992_000], '2030-01-01T00:00:00.000Z'],
    ['https://quix.ai/exp', 1e300, '2030-01-01T00:00:00.000Z'],
    ['https://quix.ai/exp', 'Infinity', '2030-01-01T00:00:00.000Z'],
    ['https://example.com/exp', '1924992000', '2030-01-01T00:00:00.000Z'],
  ])('is overridden by %s = %j where that is a time', (claim, value, expected) => {
    expect(make(jwt({ exp: EXP, [claim]: value })).expiresAt?.toISOString()).toBe(expected);
  });

  it.each(['soon', null, true, {}, [], 1e300])('is none when exp is %j', (exp) => {
    expect(make(jwt({ exp })).expiresAt).toBeUndefined();
  });
});

describe('the warnings about a token', () => {
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
  ])('come in time when the expiry %s', (_, claims, expected) => {
    expect(codes(claims)).toEqual(expected);
  });

  it.each<[unknown, string[]]>([
    [{ nbf: at(1) }, ['TOKEN_NOT_YET_VALID']],
    [{ nbf: at(0) }, []],
    [{ nbf: at(-HOUR) }, []],
    [{ nbf: at(HOUR), exp: at(2 * HOUR) }, ['TOKEN_NOT_YET_VALID', 'TOKEN_EXPIRES_SOON']],
  ])('come for one that is not valid yet: %j', (claims, expected) => {
    expect(codes(claims)).toEqual(expected);
  });

  it('name the source and the time, and say that it is tried all the same', () => {
    const token = make(jwt({ exp: at(-HOUR), nbf: at(HOUR) }), 'MY_TOKEN');
    const [notYet, expired] = tokenWarnings(token, {}, NOW);
    expect(notYet?.message).toMatch(/from MY_TOKEN .* 2026-03-01T13:00:00\.000Z\..*clock/);
    expect(expired?.message).toMatch(/from MY_TOKEN expired at 2026-03-01T11:00:00\.000Z/);
    for (const warning of [notYet, expired]) {
      expect(warning?.message).toContain('tried all the same');
      expect(warning?.about).toBe('MY_TOKEN');
      expectNoLeak(warning, [token.reveal()]);
    }
  });

  it('do not come when they are turned off', () => {
    expect(tokenWarnings(make(jwt({ exp: 1 })), false, NOW)).toEqual([]);
  });

  it('say of one that expires soon when that is, and what to do', () => {
    const soon = make(jwt({ exp: NOW / 1_000 + 3_600 }), 'MY_TOKEN');
    const [warning] = tokenWarnings(soon, {}, NOW);
    expect(warning?.message).toMatch(
      /^The token from MY_TOKEN expires at \d{4}-.*Z\. Replace it before then/,
    );
  });

  it('do not come for a streaming token', () => {
    expect(tokenWarnings(make(randomSecret()))).toEqual([]);
  });
});
