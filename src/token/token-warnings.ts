import type { QuixWarning, QuixWarningCode } from '../warnings.ts';
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
  if (options === false) return [];
  const { expiryWithinMs = EXPIRY_WARNING_MS } = options;
  const { source, expiresAt, notBefore } = token;
  const warnings: QuixWarning[] = [];
  const add = (code: QuixWarningCode, problem: string): void => {
    const message = `The token from ${sourceInWords(source)} ${problem}`;
    warnings.push({ code, about: source, message });
  };
  if (notBefore && notBefore.getTime() > now) {
    add(
      'TOKEN_NOT_YET_VALID',
      `is not valid before ${notBefore.toISOString()}. It is sent anyway. Check the clock of this machine.`,
    );
  }
  if (!expiresAt) return warnings;
  const leftMs = expiresAt.getTime() - now;
  const expiry = expiresAt.toISOString();
  if (leftMs <= 0) {
    add(
      'TOKEN_EXPIRED',
      `expired at ${expiry}. It is sent anyway. Create a new token, or use a streaming token, which does not expire.`,
    );
  } else if (leftMs <= expiryWithinMs) {
    add(
      'TOKEN_EXPIRES_SOON',
      `expires at ${expiry}. Replace it before then, or use a streaming token, which does not expire.`,
    );
  }
  return warnings;
}
