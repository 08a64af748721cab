/** A streaming token has 32 hex digits after its prefix. */
const HEX_TOKEN = /(?:sdk|pat)-[\da-f]{16}/i;
/** Text after the prefix of a token. It may also be an ordinary name. */
const PREFIXED = /(?:sdk|pat)-([\w-]{16,})/gi;
/** The first part of a JWT starts with an encoded `{"`. A limit keeps the search fast. */
const JWT = /(?<![A-Za-z\d])eyJ(?:[\w-]{8,999}\.|[\w-]{0,7}\.eyJ)/;
const HEADER = /\bBearer\s+\S{16}/i;

/** Returns whether a text after a prefix is random. In names, few digits precede a letter. */
function isRandom(text: string): boolean {
  const digitsInWords = text.match(/\d[a-z]/gi)?.length ?? 0;
  // Names of pods, such as sdk-collector-7d9f8b6c5d-x2x9z, have short parts in lower case.
  const isMixed = /[a-z]/.test(text) && /[A-Z]/.test(text);
  return digitsInWords >= 3 && (isMixed || /^[a-z\d]{16}/i.test(text));
}

/**
 * Returns whether a text that is not meant for a token contains one. Such a text is refused, and
 * not repeated. Names that only begin like a token, such as `sdk-telemetry-events`, are allowed.
 */
export function containsToken(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  if (HEX_TOKEN.test(value) || JWT.test(value) || HEADER.test(value)) return true;
  return [...value.matchAll(PREFIXED)].some(([, text = '']) => isRandom(text));
}
