import { QuixError } from '../errors.ts';

/** Limit for the length of a token. Servers reject requests with longer headers. */
const MAX_TOKEN_LENGTH = 8 * 1024;

/**
 * Removes white space, a byte order mark, one pair of quotes and a pasted `Bearer ` around a token.
 * `removed` lists these parts in words, except white space. Returns `undefined` for blank text.
 * Throws for text that cannot be a token. The message contains `sourceWords` but not the text.
 */
export function cleanToken(
  raw: string,
  sourceWords: string,
): { readonly text: string; readonly removed: readonly string[] } | undefined {
  const removed = raw.startsWith('\uFEFF') ? ['a byte order mark'] : [];
  let text = raw.trim(); // also removes a byte order mark
  let wasQuoted = false;
  let hadScheme = false;
  for (;;) {
    const quote = /^(["'])(.*)\1$/s.exec(text);
    const scheme = /^bearer[ \t]+(?=\S)/i.exec(text);
    if (quote && !wasQuoted) {
      text = (quote[2] ?? '').trim();
      wasQuoted = true;
      removed.push('surrounding quotes');
    } else if (scheme && !hadScheme) {
      text = text.slice(scheme[0].length);
      hadScheme = true;
      removed.push('the scheme "Bearer"');
    } else break;
  }
  if (text === '') return undefined;
  assertHeaderValue(text, raw, sourceWords);
  return { text, removed };
}

/**
 * Checks that a text can be a token in an HTTP header. Node checks header values too, but its error
 * names neither the source nor the position.
 */
function assertHeaderValue(text: string, raw: string, sourceWords: string): void {
  const fail = (problem: string, hint: string): QuixError =>
    new QuixError('QUIX_TOKEN_INVALID', `The token from ${sourceWords} ${problem}.`, { hint });
  if (text.length > MAX_TOKEN_LENGTH) {
    throw fail(
      `is longer than ${MAX_TOKEN_LENGTH} characters`,
      'Check that the source contains only the token.',
    );
  }
  const bad = /[^\x21-\x7e]/.exec(text) ?? /^["']|["']$/.exec(text);
  if (bad) {
    const codePoint = text.codePointAt(bad.index) ?? 0;
    const character = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
    const position = raw.indexOf(text) + bad.index + 1;
    if (/["']/.test(bad[0])) {
      throw fail(
        `has an unmatched quote (${character}) at position ${position}`,
        'Remove the quotes around the token.',
      );
    }
    throw fail(
      `contains the character ${character} at position ${position}, but a token is printable ASCII without spaces`,
      'Copy the token again, as one line of plain text.',
    );
  }
  if (/^bearer:?$/i.test(text)) {
    throw fail('is only the word "Bearer"', 'Replace the word with the token itself.');
  }
}
