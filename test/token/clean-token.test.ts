import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import { cleanToken } from '../../src/token/clean-token.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const secret = randomSecret();

function invalid(raw: string): QuixError {
  try {
    cleanToken(raw, 'MY_TOKEN');
  } catch (error) {
    if (error instanceof QuixError && error.code === 'QUIX_TOKEN_INVALID') return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('cleanToken', () => {
  it.each(['sdk-0123456789abcdef', 'a', '!~"\'=:+/', 'Bearer-token', 'bearerish', 'eyJh.eyJ.x-_'])(
    'gives %j as it is',
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
  ])('removes white space around the token in silence: %j', (raw) => {
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
  ])('removes and names what was pasted along: %j', (raw, removed) => {
    expect(cleanToken(raw, 'x')).toEqual({ text: secret, removed });
  });

  it('removes no quotes that end before it does', () => {
    expect(invalid('"a"b').message).toContain('an unmatched quote (U+0022) at position 1');
    expect(invalid('my bearer x').message).toContain('U+0020 at position 3');
  });

  it.each<[string, string]>([
    ['x'.repeat(8 * 1024 + 1), 'Check that the source holds the token alone.'],
    ['two words', 'Copy the token again, as one line of plain text.'],
    ['"abc', 'Remove the quotes around it.'],
    ['Bearer', 'Put the token itself there.'],
  ])('says what to do about %.20j', (raw, hint) => {
    expect(invalid(raw).hint).toBe(hint);
  });

  it.each(['my-bearer', 'my-bearer:'])('takes %j for no scheme', (raw) => {
    const { text, removed } = cleanToken(raw, 'x') ?? {};
    expect([text, removed]).toEqual([raw, []]);
  });

  it.each(['', ' ', '\r\n\t', '\uFEFF', '\uFEFF \n', '""', "''", '" "', ' "\t" '])(
    'counts %j as blank',
    (raw) => {
      expect(cleanToken(raw, 'x')).toBeUndefined();
    },
  );

  it.each([
    ['a space', `${secret} ${secret}`, 'U+0020', secret.length + 1],
    ['a line break', `${secret}\n${secret}`, 'U+000A', secret.length + 1],
    ['NUL', `\0${secret}`, 'U+0000', 1],
    ['the bell, which Headers accepts', `abc\u0007${secret}`, 'U+0007', 4],
    ['DEL', `ab\u007f${secret}`, 'U+007F', 3],
    ['é, which Headers accepts', `é${secret}`, 'U+00E9', 1],
    ['a smart dash', `sdk–${secret}`, 'U+2013', 4],
    ['a smart quote', `“${secret}”`, 'U+201C', 1],
    ['a zero-width space', `${secret}\u200b`, 'U+200B', secret.length + 1],
    ['a byte order mark within', `a\uFEFF${secret}`, 'U+FEFF', 2],
    ['an emoji', `ab😀${secret}`, 'U+1F600', 3],
    ['a lone surrogate', `ab\ud83d${secret}`, 'U+D83D', 3],
    ['a space after white space', `\n\n${secret} x`, 'U+0020', secret.length + 3],
    ['a space after quotes', `  "ab cd"`, 'U+0020', 6],
    ['a space after the scheme', `Bearer ab ${secret}`, 'U+0020', 10],
    ['a second scheme', `Bearer Bearer ${secret}`, 'U+0020', 14],
    ['a header', `Authorization: Bearer ${secret}`, 'U+0020', 15],
  ])('refuses %s by code point and position', (_, raw, codePoint, position) => {
    const error = invalid(raw);
    expect(error.message).toContain(
      `The token from MY_TOKEN has the character ${codePoint} at position ${position}, `,
    );
    expect(error.retryable).toBe(false);
    expectNoLeak(error, [secret]);
  });

  it.each([
    [`"${secret}`, 'U+0022', 1],
    [`${secret}'`, 'U+0027', secret.length + 1],
    [`"${secret}'`, 'U+0022', 1],
    [`""${secret}""`, 'U+0022', 2],
    [`'"${secret}"'`, 'U+0022', 2],
    ['"', 'U+0022', 1],
  ])('refuses a quote that is left over: %j', (raw, codePoint, position) => {
    const error = invalid(raw);
    expect(error.message).toContain(`an unmatched quote (${codePoint}) at position ${position}`);
    expectNoLeak(error, [secret]);
  });

  it.each(['Bearer', 'bearer ', ' "Bearer"', 'Bearer:'])('refuses %j, which is no token', (raw) => {
    expect(invalid(raw).message).toContain('only the word "Bearer"');
  });

  it('takes 8192 characters and no more', () => {
    const long = 'x'.repeat(8_192);
    expect(cleanToken(`"${long}"\n`, 'x')?.text).toBe(long);
    const error = invalid(`${long}y`);
    expect(error.message).toContain('longer than 8192 characters');
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

  it('makes of any text a header value, nothing, or a QUIX_TOKEN_INVALID', () => {
    fc.assert(
      fc.property(anyText, (raw) => {
        try {
          const cleaned = cleanToken(raw, 'MY_TOKEN');
          if (!cleaned) return;
          expect(cleaned.text).toMatch(/^[\x21-\x7e]+$/);
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

  it('names in its message none of the text, but the true place and code point', () => {
    const tokens = fc.stringMatching(/^[A-Za-z0-9_-]{16,40}$/);
    const bad = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 1 })
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
