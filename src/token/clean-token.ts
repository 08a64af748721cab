import { QuixError } from '../errors.ts';

/** Limit for the length of a token. Servers reject requests with longer headers. */
const MAX_TOKEN_LENGTH = 8 * 1024;

/** Result of {@link cleanToken}. */
export interface CleanedToken {
  readonly text: string;
  /** The removed parts in words. White space is not listed. */
  readonly removed: readonly string[];
}

function invalid(source: string, problem: string, hint: string): QuixError {
  return new QuixError('QUIX_TOKEN_INVALID', `The token from ${source} ${problem}.`, { hint });
}

function describeCharacter(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * Removes surrounding white space, a byte order mark, one pair of quotes and a pasted `Bearer `
 * from the raw text of a source. Returns `undefined` for blank text.
 *
 * @param source - The source in words, for messages.
 * @throws QuixError `QUIX_TOKEN_INVALID` for text that cannot be a token. The message does not
 * contain the text.
 */
export function cleanToken(raw: string, source: string): CleanedToken | undefined {
  const removed: string[] = [];
  let text = raw;
  if (text.startsWith('\uFEFF')) {
    text = text.slice(1);
    removed.push('a byte order mark');
  }
  text = text.trim();
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
  assertHeaderValue(text, raw, source);
  return { text, removed };
}

/**
 * Checks that a text can be a token in an HTTP header. Node checks header values too, but its error
 * names neither the source nor the position.
 */
function assertHeaderValue(text: string, raw: string, source: string): void {
  if (text.length > MAX_TOKEN_LENGTH) {
    throw invalid(
      source,
      `is longer than ${MAX_TOKEN_LENGTH} characters`,
      'Check that the source contains only the token.',
    );
  }
  const bad = /[^\x21-\x7e]/.exec(text);
  if (bad) {
    const codePoint = text.codePointAt(bad.index) ?? 0;
    const position = raw.indexOf(text) + bad.index + 1;
    throw invalid(
      source,
      `contains the character ${describeCharacter(codePoint)} at position ${position}, but a token is printable ASCII without spaces`,
      'Copy the token again, as one line of plain text.',
    );
  }
  const quote = /^["']|["']$/.exec(text);
  if (quote) {
    const position = raw.indexOf(text) + quote.index + 1;
    throw invalid(
      source,
      `has an unmatched quote (${describeCharacter(text.charCodeAt(quote.index))}) at position ${position}`,
      'Remove the quotes around the token.',
    );
  }
  if (/^bearer:?$/i.test(text)) {
    throw invalid(source, 'is only the word "Bearer"', 'Replace the word by the token itself.');
  }
}
