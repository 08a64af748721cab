/** Start of a token: a streaming token, a token of the Quix command line, or a JWT. */
const TOKEN_START = String.raw`(?:(?:sdk|pat)-[\w-]{6,}|eyJ[\w-]+\.)`;
const TOKEN_AT_START = new RegExp(String.raw`^\s*${TOKEN_START}`);
/**
 * Every token shape inside a text. No alternative can give back what it matched, so it runs in
 * linear time.
 */
const TOKEN_SHAPES = /\b(?:sdk|pat)-[\w-]{6,}|\beyJ[\w-]{6,}(?:\.[\w-]*)*|\bBearer\s+\S+/gi;
/** Longer than any word of a message: possibly an encoded secret. */
const LONG_RUNS = /[A-Za-z0-9+/=_]{24,}/g;
/** Everything but letters, marks, numbers, punctuation, symbols and the space. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]+/gu;

const MAX_TEXT_LENGTH = 300;
/**
 * Shorter secrets occur in ordinary text by chance: a token named "test" does not redact every
 * "test".
 */
const MIN_SECRET_LENGTH = 8;

/**
 * Returns whether a value that was passed as something else is a token. Messages must not repeat
 * such a value.
 */
export const looksLikeToken = (value: unknown): boolean =>
  typeof value === 'string' && TOKEN_AT_START.test(value);

/** Ignores case, and the difference between base64 and base64url. */
const fold = (text: string): string => text.toLowerCase().replaceAll('-', '+').replaceAll('_', '/');

const decodePercents = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

/**
 * Base64 of a secret at each of the three possible offsets, without the digits that depend on its
 * neighbours.
 */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].map((offset) => {
    const bytes = Buffer.from(' '.repeat(offset) + secret);
    const digits = bytes.toString('base64');
    return digits.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
}

/**
 * Returns whether a text repeats a secret: in any case, URL-encoded, or inside something in base64.
 */
export function containsSecret(text: string, secrets: readonly string[]): boolean {
  const texts = [fold(text), fold(decodePercents(text))];
  return (
    secrets
      .filter(({ length }) => length >= MIN_SECRET_LENGTH)
      // A "%" before the secret can change how its first letters decode, so the encoded form is
      // searched too.
      .flatMap((secret) => [secret, encodeURIComponent(secret), ...base64Forms(secret)].map(fold))
      .some((form) => texts.some((each) => each.includes(form)))
  );
}

/**
 * Returns a server's text as a message may show it (printable, short, without secrets), or
 * `undefined`.
 */
export function cleanText(text: string, secrets: readonly string[]): string | undefined {
  // A server that echoes the token may echo it in any form, so the whole text is dropped.
  if (containsSecret(text, secrets)) return undefined;
  const printable = text
    .replace(UNPRINTABLE, ' ')
    .replace(TOKEN_SHAPES, '[redacted]')
    .replace(LONG_RUNS, '[redacted]')
    .trim();
  if (printable === '') return undefined;
  return printable.length > MAX_TEXT_LENGTH ? `${printable.slice(0, MAX_TEXT_LENGTH)}…` : printable;
}

/**
 * Returns an identifier from a server if it has the shape of one and repeats no secret, else
 * `undefined`.
 */
export function cleanId(id: string, secrets: readonly string[]): string | undefined {
  const isSafe =
    /^[\w.:-]{1,128}$/.test(id) && id.search(TOKEN_SHAPES) < 0 && !containsSecret(id, secrets);
  return isSafe ? id : undefined;
}
