import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../../src/token/redaction.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

describe('Redactor.containsSecret', () => {
  const containsSecret = (text: string, secrets: readonly string[]) =>
    new Redactor(secrets).containsSecret(text);
  const secret = randomSecret('Sdk-');

  it.each<[string, string]>([
    ['as it is', secret],
    ['in capitals', secret.toUpperCase()],
    ['in lower case', secret.toLowerCase()],
    ['URL-encoded', encodeURIComponent(`/${secret}+`)],
    ['with each byte URL-encoded', Buffer.from(secret).toString('hex').replace(/../g, '%$&')],
    ['with each byte URL-encoded in capitals', secret.replace('S', '%53').replace('-', '%2D')],
    [
      'with each byte escaped as in JSON',
      Buffer.from(secret).toString('hex').replace(/../g, '\\u00$&'),
    ],
    [
      'with each byte escaped as in source code',
      Buffer.from(secret).toString('hex').replace(/../g, '\\x$&'),
    ],
    ['in hexadecimal digits', Buffer.from(secret).toString('hex')],
    ['in hexadecimal capitals', Buffer.from(secret).toString('hex').toUpperCase()],
    [
      'in hexadecimal digits with colons',
      Buffer.from(secret).toString('hex').replace(/../g, '$&:'),
    ],
    [
      'in hexadecimal bytes of source code',
      Buffer.from(secret).toString('hex').replace(/../g, '0x$&, '),
    ],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64 after one byte', Buffer.from(`:${secret}`).toString('base64')],
    ['in base64url after two bytes', Buffer.from(`a:${secret}`).toString('base64url')],
    ['in URL-encoded base64', encodeURIComponent(Buffer.from(`?${secret}`).toString('base64'))],
  ])('finds a secret %s', (_, form) => {
    expect(containsSecret(`before ${form} after`, ['another-secret', secret])).toBe(true);
  });

  it('finds no secret in a text without one, and none without secrets', () => {
    expect(containsSecret('a text', [secret])).toBe(false);
    expect(containsSecret(secret, [])).toBe(false);
    expect(containsSecret(secret.slice(0, -1), [secret])).toBe(false);
  });

  it('ignores secrets that are short words, because they occur in ordinary text', () => {
    expect(containsSecret('org-password-resets', ['password', 'PASSWORD'])).toBe(false);
    expect(containsSecret('abcdefghijk', ['abcdefghijk'])).toBe(false);
    expect(containsSecret('abcdefghijkl', ['abcdefghijkl'])).toBe(true);
    expect(containsSecret('org-passw0rd-resets', ['passw0rd'])).toBe(true);
  });

  it('accepts a secret with a lone surrogate, which cannot be URL-encoded', () => {
    expect(containsSecret('org-12345678', ['12345678\ud800'])).toBe(false);
  });

  it('ignores secrets of less than 8 characters, which occur by chance', () => {
    expect(containsSecret('org-test', ['test'])).toBe(false);
    expect(containsSecret('org-1234567', ['1234567'])).toBe(false);
    expect(containsSecret('org-12345678', ['12345678'])).toBe(true);
  });

  it('treats the two alphabets of base64 as equal', () => {
    const bytes = '>>>???secret-of-many-bytes';
    expect(containsSecret(Buffer.from(bytes).toString('base64url'), [bytes])).toBe(true);
    expect(containsSecret(Buffer.from(bytes).toString('base64'), [bytes])).toBe(true);
  });
});

const cleanId = (id: string, secrets: readonly string[]) => new Redactor(secrets).cleanId(id);

describe('Redactor.cleanText', () => {
  const clean = (text: string, secrets: readonly string[] = []) =>
    new Redactor(secrets).cleanText(text);

  it('returns one line of printable characters', () => {
    expect(clean(' a\r\nb\tc\u0000\u001b[31md\u200b\u202ee\u2028f grüße ✓ ')).toBe(
      'a b c [31md e f grüße ✓',
    );
  });

  it.each(['', ' \n', '\u0000\u200b'])('returns undefined for %j, which has no text', (text) => {
    expect(clean(text)).toBeUndefined();
  });

  it('shortens a text to 300 characters', () => {
    const words = 'some words '.repeat(100);
    expect(clean(words.slice(0, 299))).toBe(words.slice(0, 299));
    expect(clean('x '.repeat(149).concat('xx'))).toHaveLength(300);
    expect(clean(words)).toBe(`${words.slice(0, 300)}…`);
  });

  it('returns undefined for a text with one of the secrets', () => {
    const secret = randomSecret('');
    expect(clean(`bad token ${secret}`, ['another-one', secret])).toBeUndefined();
  });

  it.each([
    ['a streaming token', randomSecret('sdk-')],
    ['a Personal Access Token', randomSecret('pat-')],
    ['a token in capitals', randomSecret('SDK-').toUpperCase()],
    ['a JWT', `eyJhbGciOiJIUzI1NiJ9.${randomSecret('eyJ')}.${randomSecret('')}`],
    ['a JWT without an end', `eyJhbGciOiJIUzI1NiJ9.${randomSecret('eyJ')}`],
    ['a header with several spaces', `Bearer   ${randomSecret('x').slice(0, 20)}`],
    ['a header', `Bearer ${randomSecret('x').slice(0, 20)}`],
    ['hexadecimal digits', randomSecret('')],
  ])('redacts everything that has the shape of %s', (_, foreign) => {
    const text = clean(`The token ${foreign}, it is unknown.`);
    expect(text).toMatch(/^The token \[redacted\],? it is unknown\.$/);
    expectNoLeak(text, [foreign.replace(/Bearer +/, '')]);
  });

  it('keeps words that only begin like a token', () => {
    const text = 'sdk-x pat-1 eyJ eyJabc bearerless deadbeef 0HMPCVB4Q0G3O';
    expect(clean(text)).toBe(text);
  });

  it('redacts runs of 24 letters and digits, and keeps shorter ones', () => {
    expect(clean(`a ${'x'.repeat(23)} b`)).toBe(`a ${'x'.repeat(23)} b`);
    expect(clean(`a ${'x'.repeat(24)} b ${'y'.repeat(30)}`)).toBe('a [redacted] b [redacted]');
  });

  it('needs less than a second for a long text that was made to be slow', () => {
    for (const unit of ['eyJ-', 'eyJaaaaaa.', 'sdk-', 'Bearer ', 'a', 'f-', '\u0000', '%']) {
      const text = unit.repeat(Math.floor(10_000_000 / unit.length));
      const start = performance.now();
      clean(text, [randomSecret()]);
      expect(performance.now() - start).toBeLessThan(1_000);
    }
  });

  it('never shows a part of a secret at the end of the text that is searched', () => {
    const secret = randomSecret('');
    for (const length of [4_080, 65_520]) {
      const text = clean(`${' '.repeat(length)}${secret}`, [secret]) ?? '';
      expectNoLeak(text, [secret]);
    }
  });

  it('finds a secret if its first letters form an escape sequence with the text before it', () => {
    const secret = 'aa+-/-a=a///~..-=a';
    expect(clean(`%${encodeURIComponent(secret)}`, [secret])).toBeUndefined();
  });
});

describe('Redactor.cleanId', () => {
  it.each(['c-1', '0HM:1-a.b_c', 'x'.repeat(128)])('returns %j unchanged', (id) => {
    expect(cleanId(id, [])).toBe(id);
  });

  it.each(['', 'a b', 'a\nb', 'a\n', 'ä', '<c>', 'x'.repeat(129)])(
    'returns undefined for %j, which is not an id',
    (id) => {
      expect(cleanId(id, [])).toBeUndefined();
    },
  );

  it.each(['sdk-0123456789', 'x:pat-0123456789abcdef0123456789abcdef'])(
    'returns undefined for %j, which contains a token',
    (id) => {
      expect(cleanId(id, [])).toBeUndefined();
      expect(cleanId(id, [])).toBeUndefined(); // a global regular expression must not keep its position
    },
  );

  it('returns undefined for an id that contains one of the secrets', () => {
    expect(cleanId('id-abcdefg8', ['abcdefg8'])).toBeUndefined();
    expect(cleanId('id-abcdefg8', ['abcdefg9'])).toBe('id-abcdefg8');
  });
});

describe('Redactor', () => {
  const secrets = fc.stringMatching(/^[\w.~+/=-]{16,60}$/);
  const around = fc.string({ maxLength: 20 });
  const encodings = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => text.toUpperCase(),
    (text) => text.toLowerCase(),
    (text) => encodeURIComponent(text),
    (text) => Buffer.from(text).toString('hex').replace(/../g, '%$&'),
    (text) => Buffer.from(text).toString('hex'),
    (text) => Buffer.from(text).toString('hex').replace(/../g, '$&-'),
    (text) => Buffer.from(text).toString('base64'),
    (text) => Buffer.from(text).toString('base64url'),
    (text) => Buffer.from(`Bearer ${text}`).toString('base64'),
    (text) => Buffer.from(`ab${text}c`).toString('base64url'),
  );

  it('never return a secret, in any case or encoding', () => {
    fc.assert(
      fc.property(secrets, around, around, encodings, (secret, before, after, encode) => {
        const echo = before + encode(secret) + after;
        const redactor = new Redactor([secret]);
        for (const text of [redactor.cleanText(echo) ?? '', redactor.cleanId(echo) ?? '']) {
          expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
          // Base64 shares digits with the neighbours at its ends, so a shorter part is not the secret.
          expect(text).not.toContain(encode(secret).slice(2, -4));
        }
      }),
      { numRuns: 400 },
    );
  });
});
