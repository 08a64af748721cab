/** What a Portal's error answer says, fit for a message. */
export interface ErrorBody {
  readonly message?: string;
  readonly correlationId?: string;
}

const MAX_MESSAGE_LENGTH = 300;
/** What begins like a token is one, whoever's it is. No part has to be given back: linear. */
const TOKEN_SHAPES = /\b(?:sdk|pat)-[\w-]{6,}|\beyJ[\w-]{6,}(?:\.[\w-]*)*|\bBearer\s+\S+/gi;
/** Longer than any word of a message: a secret in some encoding. */
const LONG_RUNS = /[A-Za-z0-9+/=_]{24,}/g;
/** Everything but letters, marks, numbers, punctuation, symbols and the space. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]+/gu;

/** What is shorter is found by chance: a token named "test" is no secret. */
const MIN_SECRET_LENGTH = 8;

/** Case aside, and base64url written as base64. */
const fold = (text: string): string => text.toLowerCase().replaceAll('-', '+').replaceAll('_', '/');

const decodePercents = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

/** The base64 of a secret wherever in a longer text it stands, without digits shared with that. */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.from(' '.repeat(before) + secret);
    const digits = bytes.toString('base64');
    return digits.slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
}

/** Whether a text repeats a secret: in any case, URL-encoded, or within something in base64. */
export function containsSecret(text: string, secrets: readonly string[]): boolean {
  const texts = [fold(text), fold(decodePercents(text))];
  return (
    secrets
      .filter(({ length }) => length >= MIN_SECRET_LENGTH)
      // What stands before it may make its first letters an escape: so URL-encoded it is looked for as well.
      .flatMap((secret) => [secret, encodeURIComponent(secret), ...base64Forms(secret)].map(fold))
      .some((form) => texts.some((each) => each.includes(form)))
  );
}

/** A server's text as a message may repeat it: printable, short, without secrets; or `undefined`. */
export function cleanText(text: string, secrets: readonly string[]): string | undefined {
  // A server that echoes the token may echo it in any form: then nothing of it is worth keeping.
  if (containsSecret(text, secrets)) return undefined;
  const printable = text
    .replace(UNPRINTABLE, ' ')
    .replace(TOKEN_SHAPES, '[redacted]')
    .replace(LONG_RUNS, '[redacted]')
    .trim();
  if (printable === '') return undefined;
  return printable.length > MAX_MESSAGE_LENGTH
    ? `${printable.slice(0, MAX_MESSAGE_LENGTH)}…`
    : printable;
}

/**
 * Reads the body of an error answer: an object with `message` and `correlationId`, a bare JSON
 * string, or plain text, the three shapes that the Portal is known to send. HTML says nothing to a
 * reader and is left out. Never throws.
 */
export function parseErrorBody(text: string, secrets: readonly string[]): ErrorBody {
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON: plain text.
  }
  if (typeof body === 'string') {
    const message = body.trimStart().startsWith('<') ? undefined : cleanText(body, secrets);
    return message === undefined ? {} : { message };
  }
  if (typeof body !== 'object' || body === null) return {};
  const own = (key: string): unknown => Object.getOwnPropertyDescriptor(body, key)?.value;
  const given = own('message');
  const message = typeof given === 'string' ? cleanText(given, secrets) : undefined;
  const id = own('correlationId');
  const correlationId =
    typeof id === 'string' &&
    /^[\w.:-]{1,128}$/.test(id) &&
    id.search(TOKEN_SHAPES) < 0 &&
    !containsSecret(id, secrets)
      ? id
      : undefined;
  return {
    ...(message !== undefined && { message }),
    ...(correlationId !== undefined && { correlationId }),
  };
}
