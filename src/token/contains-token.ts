/** A streaming token has 32 hex digits after its prefix. */
const HEX_TOKEN = /(?:sdk|pat)-[\da-f]{16}/i;
/** A prefix of tokens and the text after it, which may also be an ordinary name. */
const PREFIXED = /(?:sdk|pat)-([\w-]{16,})/gi;
/** The first part of a JWT starts with an encoded `{"`. Limiting its length keeps the search fast. */
const JWT = /(?<![A-Za-z\d])eyJ(?:[\w-]{8,999}\.|[\w-]{0,7}\.eyJ)/;
const HEADER = /\bBearer\s+\S{16}/i;

/** Returns whether a text after a prefix looks random. In names, few digits precede a letter. */
function isRandom(text: string): boolean {
  const digitsInWords = text.match(/\d[a-z]/gi)?.length ?? 0;
  // Names of pods, such as sdk-collector-7d9f8b6c5d-x2x9z, have short parts in lower case.
  const isMixed = /[a-z]/.test(text) && /[A-Z]/.test(text);
  return digitsInWords >= 3 && (isMixed || /^[a-z\d]{16}/i.test(text));
}

/**
 * Returns whether a value contains a token. Callers check options and names that must not contain a
 * token, because messages and logs show them. Returns `false` for names that only start like a
 * token, such as `sdk-telemetry-events`.
 */
export function containsToken(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  if (HEX_TOKEN.test(value) || JWT.test(value) || HEADER.test(value)) return true;
  return [...value.matchAll(PREFIXED)].some(([, text = '']) => isRandom(text));
}
