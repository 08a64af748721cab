import { decodeJwt } from 'jose/jwt/decode';
import { ownProperties } from '../own-properties.ts';

/**
 * Kind of a token by its shape. `streaming` starts with `sdk-`, `jwt` is a Personal Access Token,
 * and `opaque` is any other text. The Portal decides whether a token is valid, so tokens of each
 * kind are sent.
 */
export type TokenKind = 'streaming' | 'jwt' | 'opaque';

/** Description of a token for events, logs and `describe()`. Contains no secrets. */
export interface TokenDescription {
  /**
   * Name of the source. One of `argument`, `provider` (a function), `tokenFile`, `fallbackToken`
   * and `rotateToken`, or the name of an environment variable. The name ends with `_FILE` if the
   * variable contains the path of a file.
   */
  readonly source: string;
  /** Kind of the token by its shape. */
  readonly kind: TokenKind;
  /** 12 hex digits of a SHA-256 hash, to compare tokens. Reveals neither text nor length. */
  readonly fingerprint: string;
  /** Expiry time in the claims of a JWT. Absent for a token without such a claim. */
  readonly expiresAt?: Date;
}

/** Claims with the expiry time, in order of precedence. Quix has used both URLs as names. */
const EXPIRY_CLAIMS = ['https://quix.ai/exp', 'https://quix.io/exp', 'exp'];

/** Returns the time of a claim. Accepts seconds as a number or as text, and a date as text. */
function toDate(claim: unknown): Date | undefined {
  const seconds = typeof claim === 'string' ? Number(claim.trim() || NaN) : claim;
  const isNumber = typeof seconds === 'number' && Number.isFinite(seconds);
  if (!isNumber && typeof claim !== 'string') return undefined;
  const date = new Date(isNumber ? seconds * 1000 : (claim as string));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Returns the claims of a JWT. Never throws, because an opaque token may be valid. */
function readClaims(text: string): Record<string, unknown> | undefined {
  if (!text.includes('.')) return undefined; // avoids an exception for each streaming token
  try {
    return ownProperties(decodeJwt(text));
  } catch {
    return undefined;
  }
}

/** A token that can be sent. Only {@link Token.reveal} returns its text. */
export class Token {
  readonly #text: string;
  readonly #claims: Record<string, unknown> | undefined;
  #fingerprint: string | undefined;
  readonly source: string;

  constructor(text: string, source: string) {
    this.#text = text;
    this.source = source;
    this.#claims = readClaims(text);
  }

  get kind(): TokenKind {
    if (this.#claims) return 'jwt';
    return this.#text.startsWith('sdk-') ? 'streaming' : 'opaque';
  }

  get expiresAt(): Date | undefined {
    return EXPIRY_CLAIMS.map((name) => toDate(this.#claims?.[name])).find(Boolean);
  }

  get notBefore(): Date | undefined {
    return toDate(this.#claims?.['nbf']);
  }

  get fingerprint(): string {
    // Loaded here, because most programs never need a fingerprint.
    return (this.#fingerprint ??= process
      .getBuiltinModule('node:crypto')
      .createHash('sha256')
      .update('quix-streams-auth:')
      .update(this.#text)
      .digest('hex')
      .slice(0, 12));
  }

  /** Returns the secret text, for the `Authorization` header and for redaction. */
  reveal(): string {
    return this.#text;
  }

  sameAs(other: Token | undefined): boolean {
    return other !== undefined && this.#text === other.#text;
  }

  describe(): TokenDescription {
    const { source, kind, fingerprint, expiresAt } = this;
    return { source, kind, fingerprint, ...(expiresAt && { expiresAt }) };
  }

  toJSON(): TokenDescription {
    return this.describe();
  }
}
