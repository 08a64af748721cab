import { inspect } from 'node:util';
import { serialize } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Token } from '../../src/token/index.ts';
import { jwt } from '../support/jwt.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const encode = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

const make = (text: string, source = 'argument'): Token => new Token(text, source);
const seconds = (iso: string): number => Date.parse(iso) / 1000;

describe('Token', () => {
  it('returns its text from reveal() only', () => {
    const text = randomSecret();
    expect(make(text).reveal()).toBe(text);
    expect(make(text).describe().source).toBe('argument');
  });

  it.each([randomSecret(), randomSecret('pat-'), jwt({ sub: randomSecret('') })])(
    'is not printed, serialized or copied with its text',
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

  it('is serialized as its description, and printed only with its source', () => {
    const token = make(jwt({ exp: seconds('2040-01-01T00:00:00Z') }), 'MY_TOKEN');
    expect(inspect(token)).toBe("Token { source: 'MY_TOKEN' }");
    expect(JSON.parse(JSON.stringify(token))).toEqual({
      source: 'MY_TOKEN',
      kind: 'jwt',
      fingerprint: token.fingerprint,
      expiresAt: '2040-01-01T00:00:00.000Z',
    });
  });

  it('equals another token with the same text, whatever their sources', () => {
    const text = randomSecret();
    expect(make(text, 'a').sameAs(make(text, 'b'))).toBe(true);
    expect(make(text).sameAs(make(randomSecret()))).toBe(false);
    expect(make(text).sameAs(undefined)).toBe(false);
  });
});

describe('Token.fingerprint', () => {
  it('has 12 hexadecimal digits, whatever the length of the token', () => {
    for (const text of ['a', randomSecret(), 'x'.repeat(8_000)])
      expect(make(text).fingerprint).toMatch(/^[0-9a-f]{12}$/);
  });

  it('differs between tokens, and is equal for equal texts', () => {
    const texts = Array.from({ length: 200 }, () => randomSecret());
    const prints = texts.map((text) => make(text).fingerprint);
    expect(new Set(prints).size).toBe(200);
    expect(texts.map((text) => make(text, 'other').fingerprint)).toEqual(prints);
  });

  it('is not a plain hash, which could be looked up in a list of hashes', async () => {
    const digest = await crypto.subtle.digest('SHA-256', Buffer.from('sdk-token'));
    const plain = Buffer.from(digest).toString('hex');
    expect(plain.startsWith(make('sdk-token').fingerprint)).toBe(false);
  });
});

describe('Token.kind', () => {
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
  ])('of %s is %s', (text, kind) => {
    expect(make(text).kind).toBe(kind);
  });

  it('and the times can be read for any text without an exception', () => {
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

describe('Token.expiresAt', () => {
  const EXP = seconds('2030-01-01T00:00:00Z');

  it('is undefined for a streaming token and without a claim', () => {
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
  ])('is the claim %s with the value %j, if that is a time', (claim, value, expected) => {
    expect(make(jwt({ exp: EXP, [claim]: value })).expiresAt?.toISOString()).toBe(expected);
  });

  it.each(['soon', null, true, {}, [], 1e300])('is undefined when the claim exp is %j', (exp) => {
    expect(make(jwt({ exp })).expiresAt).toBeUndefined();
  });
});
