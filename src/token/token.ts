import { decodeJwt } from 'jose/jwt/decode';

/**
 * What kind of token it looks like: `streaming` (`sdk-…`), `jwt` (a Personal Access Token), or
 * `opaque`, any other shape. All of them are sent: the Portal decides, not the shape.
 */
export type TokenKind = 'streaming' | 'jwt' | 'opaque';

/** What may be said of a token in events, logs and `describe()`. */
export interface TokenDescription {
  /** Name of the source: `argument`, `provider`, `tokenFile`, `fallbackToken`, `rotateToken`, or the variable's name. */
  readonly source: string;
  /** What kind it looks like. */
  readonly kind: TokenKind;
  /** Truncated SHA-256: tells two tokens apart, and gives away neither text, prefix nor length. */
  readonly fingerprint: string;
  /** When the token says that it expires; absent for streaming tokens, which do not expire. */
  readonly expiresAt?: Date;
}

interface TokenClaims {
  readonly expiresAt?: Date;
  readonly notBefore?: Date;
}

/** The string claim by which Quix overrides `exp` (both spellings were in use). */
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

/** `undefined` when the text is no JWT. Never throws: an opaque token is a normal one. */
function readClaims(text: string): TokenClaims | undefined {
  if (!text.includes('.')) return undefined; // a streaming token: to have it rejected costs far more
  const decode = decodeJwt; // outside of `try`: CommonJS loads it here, and a broken install has to be heard of
  let payload: Record<string, unknown>;
  try {
    payload = decode(text);
  } catch {
    return undefined;
  }
  const override = QUIX_EXPIRY_CLAIMS.map((claim) => toDate(payload[claim])).find(Boolean);
  const expiresAt = override ?? toDate(payload['exp']);
  const notBefore = toDate(payload['nbf']);
  return { ...(expiresAt && { expiresAt }), ...(notBefore && { notBefore }) };
}

/** A token that may be sent. Its text is in a private field: only {@link Token.reveal} gives it. */
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
    // Loaded here: node:crypto is not needed by an import or a constructor.
    return (this.#fingerprint ??= process
      .getBuiltinModule('node:crypto')
      .createHash('sha256')
      .update('quix-streams-auth:')
      .update(this.#text)
      .digest('hex')
      .slice(0, 12));
  }

  /** The secret itself, for the `Authorization` header and nothing else. */
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
