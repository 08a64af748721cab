/** What a Portal's error answer says, fit for a message. */
export interface ErrorBody {
  readonly message?: string;
  readonly correlationId?: string;
}

const MAX_MESSAGE_LENGTH = 300;
/** Anything that looks like a token, whoever's it is. */
const TOKEN_SHAPES =
  /\b(?:sdk|pat)-[\w-]{6,}|\beyJ[\w-]{6,}(?:\.[\w-]*)*|\bBearer\s+\S+|\b[0-9a-f]{32,}\b/gi;
/** Everything but letters, marks, numbers, punctuation, symbols and the space. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]+/gu;

function containsSecret(text: string, secrets: readonly string[]): boolean {
  const folded = text.toLowerCase();
  return secrets.some((secret) =>
    [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    ].some((form) => folded.includes(form.toLowerCase())),
  );
}

function clean(text: string, secrets: readonly string[]): string | undefined {
  // A server that echoes the token may echo it in any form: then nothing of it is worth keeping.
  if (containsSecret(text, secrets)) return undefined;
  const printable = text.replace(UNPRINTABLE, ' ').replace(TOKEN_SHAPES, '[redacted]').trim();
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
    const message = body.trimStart().startsWith('<') ? undefined : clean(body, secrets);
    return message === undefined ? {} : { message };
  }
  if (typeof body !== 'object' || body === null) return {};
  const own = (key: string): unknown => Object.getOwnPropertyDescriptor(body, key)?.value;
  const given = own('message');
  const message = typeof given === 'string' ? clean(given, secrets) : undefined;
  const id = own('correlationId');
  const correlationId =
    typeof id === 'string' && /^[\w.:-]{1,128}$/.test(id) && !containsSecret(id, secrets)
      ? id
      : undefined;
  return {
    ...(message !== undefined && { message }),
    ...(correlationId !== undefined && { correlationId }),
  };
}
