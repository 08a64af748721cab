import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import { cleanToken } from '../../src/token/clean-token.ts';
import { errorThrown } from '../support/errors.ts';
import { expectNoLeak } from '../support/leaks.ts';

/** Not random, because it is part of titles, and Stryker identifies a test by its title. */
const secret = 'sdk-0123456789abcdef0123456789abcdef';

function invalid(raw: string): QuixError {
  const error = errorThrown(() => cleanToken(raw, 'MY_TOKEN'));
  expect(error).toMatchObject({ code: 'QUIX_TOKEN_INVALID', retryable: false });
  expect(error.summary).toContain('MY_TOKEN');
  return error;
}

describe('cleanToken', () => {
  it.each(['sdk-0123456789abcdef', 'a', '-._~+/==', 'Bearer-token', 'bearerish', 'eyJh.eyJ.x-_'])(
    'returns %j unchanged',
    (text) => {
      expect(cleanToken(text, 'x')).toEqual({ text, removed: [] });
    },
  );

  it.each([
    `${secret}\n`,
    `${secret}\r\n`,
    ` ${secret}`,
    `\t${secret}\t \n\n`,
    `\u00a0${secret}\u2028`,
  ])('removes white space around the token and does not report it: %j', (raw) => {
    expect(cleanToken(raw, 'x')).toEqual({ text: secret, removed: [] });
  });

  it.each<[string, string[]]>([
    [`\uFEFF${secret}`, ['a byte order mark']],
    [`"${secret}"`, ['surrounding quotes']],
    [`'${secret}'`, ['surrounding quotes']],
    [` " ${secret} "\n`, ['surrounding quotes']],
    [`Bearer ${secret}`, ['the scheme "Bearer"']],
    [`bEARER \t ${secret}`, ['the scheme "Bearer"']],
    [`"Bearer ${secret}"`, ['surrounding quotes', 'the scheme "Bearer"']],
    [`Bearer "${secret}"`, ['the scheme "Bearer"', 'surrounding quotes']],
    [
      `\uFEFF 'Bearer ${secret}'\r\n`,
      ['a byte order mark', 'surrounding quotes', 'the scheme "Bearer"'],
    ],
  ])('removes and reports the other parts of %j', (raw, removed) => {
    expect(cleanToken(raw, 'x')).toEqual({ text: secret, removed });
  });

  it('does not remove quotes or a scheme inside the text', () => {
    expect(invalid('"a"b').summary).toMatch(/quote \(U\+0022\) at position 1\.$/);
    expect(invalid('a"b"').summary).toMatch(/quote \(U\+0022\) at position 2\.$/);
    expect(invalid('my bearer x').message).toMatch(/U\+0020 at position 3,/);
  });

  it.each<[string, RegExp]>([
    ['x'.repeat(8 * 1024 + 1), /only the token/],
    ['two words', /[Cc]opy the token again/],
    ['"abc', /[Rr]emove the quotes/],
    ['Bearer', /token itself/],
    ['TOKEN=abc', /\.env/],
    ['${TOKEN}', /placeholder/],
    ['vault://quix', /address of a secret/],
    ['undefined', /JavaScript value/],
    ['sdk-12..ef', /masked/],
  ])('gives a hint for %.20j that matches %s', (raw, hint) => {
    expect(invalid(raw).hint).toMatch(hint);
  });

  it.each(['my-bearer', 'my-bearer='])('does not remove a scheme from %j', (raw) => {
    const { text, removed } = cleanToken(raw, 'x') ?? {};
    expect([text, removed]).toEqual([raw, []]);
  });

  it.each(['', ' ', '\r\n\t', '\uFEFF', '\uFEFF \n', '""', "''", '" "', ' "\t" '])(
    'returns undefined for %j',
    (raw) => {
      expect(cleanToken(raw, 'x')).toBeUndefined();
    },
  );

  it.each([
    ['a space', `${secret} ${secret}`, 'U+0020', secret.length + 1],
    ['a line break', `${secret}\n${secret}`, 'U+000A', secret.length + 1],
    ['NUL', `\0${secret}`, 'U+0000', 1],
    ['a control character, which Headers accepts', `abc\u0007${secret}`, 'U+0007', 4],
    ['DEL', `ab\u007f${secret}`, 'U+007F', 3],
    ['é, which Headers accepts', `é${secret}`, 'U+00E9', 1],
    ['a smart dash', `sdk–${secret}`, 'U+2013', 4],
    ['a smart quote', `“${secret}”`, 'U+201C', 1],
    ['a zero-width space', `${secret}\u200b`, 'U+200B', secret.length + 1],
    ['a byte order mark inside the token', `a\uFEFF${secret}`, 'U+FEFF', 2],
    ['an emoji', `ab😀${secret}`, 'U+1F600', 3],
    ['a lone surrogate', `ab\ud83d${secret}`, 'U+D83D', 3],
    ['a space after white space', `\n\n${secret} x`, 'U+0020', secret.length + 3],
    ['a space after quotes', `  "ab cd"`, 'U+0020', 6],
    ['a space after the scheme', `Bearer ab ${secret}`, 'U+0020', 10],
    ['a second scheme', `Bearer Bearer ${secret}`, 'U+0020', 14],
    ['a header', `Authorization: Bearer ${secret}`, 'U+003A', 14],
    ['a line of an .env file', `MY_TOKEN=${secret}`, 'U+003D', 9],
    ['an equals sign at the start', `=${secret}`, 'U+003D', 1],
    ['an exclamation mark', `${secret}!`, 'U+0021', secret.length + 1],
  ])('names the code point and the position of %s', (_, raw, codePoint, position) => {
    const error = invalid(raw);
    expect(error.summary).toContain(` ${codePoint} at position ${position}, `);
    expectNoLeak(error, [secret]);
  });

  it.each([
    [`"${secret}`, 'U+0022', 1],
    [`${secret}'`, 'U+0027', secret.length + 1],
    [`"${secret}'`, 'U+0022', 1],
    [`""${secret}""`, 'U+0022', 2],
    [`'"${secret}"'`, 'U+0022', 2],
    ['"', 'U+0022', 1],
  ])('names the code point and the position of a quote: %j', (raw, codePoint, position) => {
    const error = invalid(raw);
    expect(error.summary).toMatch(
      new RegExp(`quote \\(${codePoint.replace('+', '\\+')}\\) at position ${position}\\.$`),
    );
    expectNoLeak(error, [secret]);
  });

  it.each(['Bearer', 'bearer ', ' "Bearer"', 'Bearer:'])(
    'does not accept %j, which is only a scheme',
    (raw) => {
      expect(invalid(raw).summary).toContain('"Bearer"');
    },
  );

  it('accepts 8192 characters and no more', () => {
    const long = 'x'.repeat(8_192);
    expect(cleanToken(`"${long}"\n`, 'x')?.text).toBe(long);
    const error = invalid(`${long}y`);
    expect(error.summary).toContain('8192 characters');
    expect(error.message.length).toBeLessThan(300);
  });

  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc
      .array(
        fc.constantFrom('"', "'", ' ', '\n', '\uFEFF', 'Bearer ', 'bearer\t', 'sdk-1', 'é', ':'),
      )
      .map((parts) => parts.join('')),
  );

  it('returns a valid header value or undefined, or throws QUIX_TOKEN_INVALID, for any text', () => {
    fc.assert(
      fc.property(anyText, (raw) => {
        try {
          const cleaned = cleanToken(raw, 'MY_TOKEN');
          if (!cleaned) return;
          expect(cleaned.text).toMatch(/^[A-Za-z\d\-._~+/]+=*$/);
          expect(raw).toContain(cleaned.text);
          expect(new Headers({ authorization: `Bearer ${cleaned.text}` })).toBeInstanceOf(Headers);
          expect(cleanToken(cleaned.text, 'x')).toEqual({ text: cleaned.text, removed: [] });
        } catch (error) {
          expect(error).toBeInstanceOf(QuixError);
          expect(error).toMatchObject({ code: 'QUIX_TOKEN_INVALID' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('names the exact position and code point, and quotes nothing of the text', () => {
    const tokens = fc.stringMatching(/^[A-Za-z0-9_-]{16,40}$/);
    const bad = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 1 })
      // Some characters get other messages or hints, and "=" is allowed at the end.
      .filter((text) => /[^\x21-\x7e]/.test(text) && text.trim() !== '');
    const wraps = fc.constantFrom(
      ['', ''],
      [' ', '\n'],
      ['"', '"'],
      ['Bearer ', ''],
      ['\uFEFF', ''],
    );
    fc.assert(
      fc.property(tokens, tokens, bad, wraps, (before, after, character, [left, right]) => {
        const raw = [left, before, character, after, right].join('');
        const error = invalid(raw);
        expectNoLeak(error, [before, after]);
        const [, hex = '', position = ''] =
          /U\+([0-9A-F]{4,6}) at position (\d+)/.exec(error.message) ?? [];
        expect(raw.codePointAt(Number(position) - 1)).toBe(parseInt(hex, 16));
        expect(String.fromCodePoint(parseInt(hex, 16))).toBe(character);
      }),
    );
  });
});
