import { QuixError } from '../errors.ts';

/** Longer than any known token; a longer one would overflow the server's header limit instead. */
const MAX_TOKEN_LENGTH = 8 * 1024;

/** What {@link cleanToken} made of a raw text. */
export interface CleanedToken {
  readonly text: string;
  /** What had to be removed, in words, empty when nothing but white space was. */
  readonly removed: readonly string[];
}

function invalid(source: string, problem: string, hint: string): QuixError {
  return new QuixError('QUIX_TOKEN_INVALID', `The token from ${source} ${problem}.`, { hint });
}

function describeCharacter(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * Turns the raw text of a source into what may stand in an HTTP header, or `undefined` when it is blank.
 *
 * Removes white space around it, a byte order mark, one pair of quotes, and a pasted `Bearer `.
 * Node's own check of header values accepts control characters and prints the value when it refuses
 * one, hence a check of our own, before any HTTP code sees the token.
 */
export function cleanToken(raw: string, source: string): CleanedToken | undefined {
  const removed: string[] = [];
  let text = raw;
  if (text.startsWith('\uFEFF')) {
    text = text.slice(1);
    removed.push('a byte order mark');
  }
  text = text.trim();
  let quoted = false;
  let prefixed = false;
  for (;;) {
    const quote = /^(["'])(.*)\1$/s.exec(text);
    const scheme = /^bearer[ \t]+(?=\S)/i.exec(text);
    if (quote && !quoted) {
      text = (quote[2] ?? '').trim();
      quoted = true;
      removed.push('surrounding quotes');
    } else if (scheme && !prefixed) {
      text = text.slice(scheme[0].length);
      prefixed = true;
      removed.push('the scheme "Bearer"');
    } else break;
  }
  if (text === '') return undefined;
  assertHeaderValue(text, raw, source);
  return { text, removed };
}

function assertHeaderValue(text: string, raw: string, source: string): void {
  if (text.length > MAX_TOKEN_LENGTH) {
    throw invalid(
      source,
      `is longer than ${MAX_TOKEN_LENGTH} characters`,
      'Check that the source holds the token alone.',
    );
  }
  const bad = /[^\x21-\x7e]/.exec(text);
  if (bad) {
    const codePoint = text.codePointAt(bad.index) ?? 0;
    const position = raw.indexOf(text) + bad.index + 1;
    throw invalid(
      source,
      `has the character ${describeCharacter(codePoint)} at position ${position}, and a token is printable ASCII without spaces`,
      'Copy the token again, as one line of plain text.',
    );
  }
  const quote = /^["']|["']$/.exec(text);
  if (quote) {
    const position = raw.indexOf(text) + quote.index + 1;
    throw invalid(
      source,
      `has an unmatched quote (${describeCharacter(text.charCodeAt(quote.index))}) at position ${position}`,
      'Remove the quotes around it.',
    );
  }
  if (/^bearer:?$/i.test(text)) {
    throw invalid(source, 'is only the word "Bearer"', 'Put the token itself there.');
  }
}
