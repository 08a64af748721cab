import { QuixError } from '../errors.ts';

/** Longer than any known token. A longer one would exceed the header limit of the server. */
const MAX_TOKEN_LENGTH = 8 * 1024;

/** Result of {@link cleanToken}. */
export interface CleanedToken {
  readonly text: string;
  /** Names of the parts that were removed. White space does not count. */
  readonly removed: readonly string[];
}

function invalid(source: string, problem: string, hint: string): QuixError {
  return new QuixError('QUIX_TOKEN_INVALID', `The token from ${source} ${problem}.`, { hint });
}

function describeCharacter(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * Turns the raw text of a source into a token that can be an HTTP header value. Returns `undefined`
 * for blank text.
 *
 * Removes surrounding white space, a byte order mark, one pair of quotes, and a pasted `Bearer `.
 *
 * @throws QuixError `QUIX_TOKEN_INVALID` with the position and the code point, never the text
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
 * Node validates header values too, but it accepts control characters and its error message
 * contains the value.
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
    throw invalid(source, 'is only the word "Bearer"', 'Put the token itself there.');
  }
}
