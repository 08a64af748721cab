import { QuixError } from '../errors.ts';

/** Limit for the length of a token. Servers reject requests with longer headers. */
const MAX_TOKEN_LENGTH = 8 * 1024;

/** Patterns of common mistakes, with hints. Some of the texts have only characters of a token. */
const MISTAKES: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [
    /\$[{(]|\{\{|#\{|^\{[\w.-]+\}$|^\$\w+$|^%[^%]+%$|^<.*>$|^@Microsoft\.|^__[A-Z_]+__$|^Quix__\w+$/s,
    'It looks like a placeholder that was not replaced. Check the program or file that should replace it with the token.',
  ],
  [
    /^[a-z][a-z\d+.-]*:\/\//i,
    'It looks like the address of a secret. Pass the secret that is stored at this address.',
  ],
  [
    /^(?:undefined|null|NaN|true|false)$|^\[object\b|^(?:async )?function\b|=>/,
    'It looks like a JavaScript value that was converted to text. Check the code that sets the token.',
  ],
  [
    /\*{2}|[\u2022\u25cf\u2026]|^(?:(?:sdk|pat)-[\w-]*)?\.{2}|^(?:sdk|pat)-[xX]{3,}$|^\[\w+\]$/,
    'It looks like a masked value. Copy the whole token.',
  ],
  [
    /^(?:\/(?:etc|home|mnt|run|tmp|var)\/|\.{1,2}\/)/,
    'It looks like the path of a file. Pass it as tokenFile, or in a variable with the suffix _FILE.',
  ],
  [/^[A-Za-z_]\w*=[^=]/, 'It looks like a line of an .env file. Pass only the part after the "=".'],
];

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
  assertToken(text, raw, sourceWords);
  return { text, removed };
}

/**
 * Checks that a text is a `token68` (RFC 9110, section 11.2), which the `Authorization` header
 * requires, and that it is not one of the {@link MISTAKES}. Node checks header values too, but its
 * error names neither the source nor the position.
 */
function assertToken(text: string, raw: string, sourceWords: string): void {
  const fail = (problem: string, hint: string): QuixError =>
    new QuixError('QUIX_TOKEN_INVALID', `The token from ${sourceWords} ${problem}.`, { hint });
  if (text.length > MAX_TOKEN_LENGTH) {
    throw fail(
      `is longer than ${MAX_TOKEN_LENGTH} characters`,
      'Check that the source contains only the token.',
    );
  }
  if (/^bearer:?$/i.test(text)) {
    throw fail('is only the word "Bearer"', 'Replace the word with the token itself.');
  }
  const hint = MISTAKES.find(([pattern]) => pattern.test(text))?.[1];
  const bad = /[^\w.~+/=-]|^=|=(?!=*$)/.exec(text);
  if (!bad) {
    if (hint === undefined) return;
    const summary = `The text from ${sourceWords} is not a token.`;
    throw new QuixError('QUIX_TOKEN_INVALID', summary, { hint });
  }
  const codePoint = text.codePointAt(bad.index) ?? 0;
  const character = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
  const position = raw.indexOf(text) + bad.index + 1;
  if (/["']/.test(bad[0])) {
    throw fail(
      `contains a quote (${character}) at position ${position}`,
      hint ?? 'Remove the quotes around the token.',
    );
  }
  throw fail(
    `contains the character ${character} at position ${position}, but a token consists of letters, digits and "-._~+/", with "=" only at its end`,
    hint ?? 'Copy the token again, as one line of plain text.',
  );
}
