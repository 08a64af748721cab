import { decodeJwt } from 'jose/jwt/decode';

/**
 * Kind of a token by its shape: `streaming` (`sdk-…`), `jwt` (a Personal Access Token), or `opaque`
 * for any other shape. Tokens of every kind are sent to the Portal, which decides whether they are
 * valid.
 */
export type TokenKind = 'streaming' | 'jwt' | 'opaque';

/** Description of a token for events, logs and `describe()`. Contains no secret. */
export interface TokenDescription {
  /**
   * Name of the source: `argument`, `provider`, `tokenFile`, `fallbackToken`, `rotateToken`, or the
   * variable's name.
   */
  readonly source: string;
  /** Kind of the token by its shape. */
  readonly kind: TokenKind;
  /**
   * First 12 hex digits of a SHA-256 hash. Two tokens can be compared by it; it reveals neither
   * text nor length.
   */
  readonly fingerprint: string;
  /** Expiry time in the token's own claims. Absent for streaming tokens, which do not expire. */
  readonly expiresAt?: Date;
}

interface TokenClaims {
  readonly expiresAt?: Date;
  readonly notBefore?: Date;
}

/** String claims with which Quix overrides `exp`. Both spellings were in use. */
const QUIX_EXPIRY_CLAIMS = ['https://quix.ai/exp', 'https://quix.io/exp'];

function toDate(seconds: unknown): Date | undefined {
  const number = typeof seconds === 'string' ? Number(seconds.trim() || NaN) : seconds;
  if (typeof number === 'number' && Number.isFinite(number)) {
    const date = new Date(number * 1000);
    return Number.isNaN(date.getTime()) ? undefined : date;
  }
  if (typeof seconds !== 'string') return undefined;
  const parsed = new Date(seconds);
  return Number.isNaN(parsed.getTime()) ? undefined : parsed;
}

/**
 * Returns `undefined` for a text that is not a JWT. Never throws, because opaque tokens are valid.
 */
function readClaims(text: string): TokenClaims | undefined {
  if (!text.includes('.')) return undefined; // saves the cost of an exception for each streaming token
  let payload: Record<string, unknown>;
  try {
    payload = decodeJwt(text);
  } catch {
    return undefined;
  }
  const override = QUIX_EXPIRY_CLAIMS.map((claim) => toDate(payload[claim])).find(Boolean);
  const expiresAt = override ?? toDate(payload['exp']);
  const notBefore = toDate(payload['nbf']);
  return { ...(expiresAt && { expiresAt }), ...(notBefore && { notBefore }) };
}

/**
 * A token that can be sent. Its text is in a private field and is returned by {@link Token.reveal}
 * alone.
 */
export class Token {
  readonly #text: string;
  readonly #claims: TokenClaims | undefined;
  #fingerprint: string | undefined;
  /** See {@link TokenDescription.source}. */
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
    return this.#claims?.expiresAt;
  }

  get notBefore(): Date | undefined {
    return this.#claims?.notBefore;
  }

  get fingerprint(): string {
    // Loaded here, because importing the package and constructing a client do not need node:crypto.
    return (this.#fingerprint ??= process
      .getBuiltinModule('node:crypto')
      .createHash('sha256')
      .update('quix-streams-auth:')
      .update(this.#text)
      .digest('hex')
      .slice(0, 12));
  }

  /** Returns the secret text. Only for the `Authorization` header. */
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
