import type { QuixWarning } from '../warnings.ts';
import type { Token } from './token.ts';
import { sourceInWords } from './token-source.ts';

/** Two days, as in the former C# client of Quix. */
const EXPIRY_WARNING_MS = 2 * 24 * 60 * 60 * 1000;

/** When to warn about the expiry of a token. */
export interface TokenWarningOptions {
  /** A token that expires within this many milliseconds causes a warning. Default: two days. */
  readonly expiryWithinMs?: number | undefined;
}

/**
 * Returns warnings about the validity period in the claims of a token. Such a token is sent anyway,
 * because the clock of this machine may be wrong.
 */
export function tokenWarnings(
  token: Token,
  options: TokenWarningOptions | false = {},
  now = Date.now(),
): QuixWarning[] {
  const warnings: QuixWarning[] = [];
  if (options === false) return warnings;
  const { expiryWithinMs = EXPIRY_WARNING_MS } = options;
  const { source, expiresAt, notBefore } = token;
  const words = sourceInWords(source);
  if (notBefore && notBefore.getTime() > now) {
    warnings.push({
      code: 'TOKEN_NOT_YET_VALID',
      about: source,
      message: `The token from ${words} is not valid before ${notBefore.toISOString()}. It is sent anyway. Check the clock of this machine.`,
    });
  }
  if (!expiresAt) return warnings;
  const leftMs = expiresAt.getTime() - now;
  if (leftMs <= 0) {
    warnings.push({
      code: 'TOKEN_EXPIRED',
      about: source,
      message: `The token from ${words} expired at ${expiresAt.toISOString()}. It is sent anyway. Create a new token, or use a streaming token, which does not expire.`,
    });
  } else if (leftMs <= expiryWithinMs) {
    warnings.push({
      code: 'TOKEN_EXPIRES_SOON',
      about: source,
      message: `The token from ${words} expires at ${expiresAt.toISOString()}. Replace it before then, or use a streaming token, which does not expire.`,
    });
  }
  return warnings;
}
