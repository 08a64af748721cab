import type { QuixWarning } from '../warnings.ts';
import type { Token } from './token.ts';

/** How long before its expiry a token is worth a warning: two days, as in the former C# client. */
const EXPIRY_WARNING_MS = 2 * 24 * 60 * 60 * 1000;

/** Which of a token's own times give reason to warn. */
export interface TokenWarningOptions {
  /** Milliseconds before its expiry from which on a token is worth a warning. Default: two days. */
  readonly expiryWithinMs?: number | undefined;
}

/**
 * What a token's own claims give reason to say. They never stop a request: the clock of this machine
 * may be the wrong one.
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
  if (notBefore && notBefore.getTime() > now) {
    warnings.push({
      code: 'TOKEN_NOT_YET_VALID',
      about: source,
      message: `The token from ${source} is valid only from ${notBefore.toISOString()}. It is tried all the same; check this machine's clock.`,
    });
  }
  if (!expiresAt) return warnings;
  const leftMs = expiresAt.getTime() - now;
  if (leftMs <= 0) {
    warnings.push({
      code: 'TOKEN_EXPIRED',
      about: source,
      message: `The token from ${source} expired at ${expiresAt.toISOString()}. It is tried all the same; create a new one, or use a streaming token, which does not expire.`,
    });
  } else if (leftMs <= expiryWithinMs) {
    warnings.push({
      code: 'TOKEN_EXPIRES_SOON',
      about: source,
      message: `The token from ${source} expires at ${expiresAt.toISOString()}. Replace it before then, or use a streaming token, which does not expire.`,
    });
  }
  return warnings;
}
