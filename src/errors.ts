/**
 * Every `code` that a {@link QuixError} can carry. The codes are the contract: messages may change,
 * codes do not.
 */
export type QuixErrorCode =
  /** No source has a token. */
  | 'QUIX_TOKEN_MISSING'
  /** The token cannot be a header value; the message names position and code point, never the text. */
  | 'QUIX_TOKEN_INVALID'
  /** The token provider or the token file failed. */
  | 'QUIX_TOKEN_SOURCE_FAILED'
  /** 401 from every token: missing, wrong, expired or rotated away. */
  | 'QUIX_TOKEN_REJECTED'
  /** 403: the token is valid but has no right to this. */
  | 'QUIX_FORBIDDEN'
  /** The workspace does not exist, or not on this Portal. */
  | 'QUIX_WORKSPACE_NOT_FOUND'
  /** The token sees several workspaces and none was chosen. */
  | 'QUIX_WORKSPACE_AMBIGUOUS'
  /** The token sees no workspace at all. */
  | 'QUIX_WORKSPACE_NONE'
  /** The new token leads to another workspace than the one in use. */
  | 'QUIX_WORKSPACE_CHANGED'
  /** Network fault, timeout, or 408, 425, 429, 5xx after the retry budget. */
  | 'QUIX_PORTAL_UNAVAILABLE'
  /** The Portal's certificate was not accepted. */
  | 'QUIX_PORTAL_TLS'
  /** The Portal answered with a redirect, which is never followed. */
  | 'QUIX_PORTAL_REDIRECT'
  /** The answer is not what the Portal promises; the message names the field, never the value. */
  | 'QUIX_BAD_RESPONSE'
  /** Kafka refused the credentials, and the Portal still gives the same ones. */
  | 'QUIX_CREDENTIALS_REFUSED'
  /** A SASL mechanism or a protocol that the Kafka client at hand cannot do. */
  | 'QUIX_UNSUPPORTED'
  /** The topic does not exist and may not be created. */
  | 'QUIX_TOPIC_NOT_FOUND'
  /** The topic is in an error state, or is being deleted. */
  | 'QUIX_TOPIC_FAILED'
  /** The topic was not ready in time. */
  | 'QUIX_TOPIC_TIMEOUT'
  /** A wrong option, or a package that an entry point needs is not installed. */
  | 'QUIX_CONFIG'
  /** The client was used after `close()`. */
  | 'QUIX_CLIENT_CLOSED';

/** What a {@link QuixError} is made of besides its code and message; `hint` also ends the message. */
export interface QuixErrorDetails {
  /** See {@link QuixError.retryable}. Default `false`. */
  retryable?: boolean;
  /** See {@link QuixError.status}. */
  status?: number | undefined;
  /** See {@link QuixError.correlationId}. */
  correlationId?: string | undefined;
  /** See {@link QuixError.retryAfterMs}. */
  retryAfterMs?: number | undefined;
  /** See {@link QuixError.hint}. */
  hint?: string | undefined;
  /** See {@link QuixError.cause}. */
  cause?: Error | undefined;
}

const brand: unique symbol = Symbol.for('quix-streams-auth.QuixError') as never;

/**
 * The one class of error that this package throws. Tell the cases apart by `code`.
 *
 * Neither the message nor any property holds a token or a password. `instanceof` works across two
 * installed copies of the package.
 *
 * @example
 * ```ts
 * import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
 *
 * try {
 *   await new QuixStreamingClient().getBrokerCredentials();
 * } catch (error) {
 *   if (error instanceof QuixError && error.code === 'QUIX_TOKEN_REJECTED') {
 *     console.error(error.message); // which source, why, and what to do next
 *   } else throw error;
 * }
 * ```
 */
export class QuixError extends Error {
  static {
    Object.defineProperty(this.prototype, 'name', {
      value: 'QuixError',
      writable: true,
      configurable: true,
    });
    Object.defineProperty(this.prototype, brand, { value: true });
    // A bundler may rename the class, and an error that nobody catches is printed with this.
    Object.defineProperty(this, 'name', { value: 'QuixError' });
  }

  /** Which case this is: see {@link QuixErrorCode}. */
  readonly code: QuixErrorCode;
  /** Whether the same call may succeed later without anything being changed. */
  readonly retryable: boolean;
  /** HTTP status of the Portal's answer, when there was one. */
  declare readonly status?: number;
  /** The Portal's own id of the failed request, to quote to Quix support. */
  declare readonly correlationId?: string;
  /** Milliseconds to wait before trying again, when known. */
  declare readonly retryAfterMs?: number;
  /** What to do next. It is also the end of `message`. */
  declare readonly hint?: string;
  /** The underlying error, reduced to what cannot hold a secret: its name and code. */
  declare readonly cause?: Error;

  constructor(code: QuixErrorCode, summary: string, details: QuixErrorDetails = {}) {
    const { retryable = false, status, correlationId, retryAfterMs, hint, cause } = details;
    super(hint === undefined ? summary : `${summary} ${hint}`, cause && { cause });
    this.code = code;
    this.retryable = retryable;
    if (status !== undefined) this.status = status;
    if (correlationId !== undefined) this.correlationId = correlationId;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
    if (hint !== undefined) this.hint = hint;
  }

  /**
   * The message without the hint at its end.
   *
   * @internal
   */
  get summary(): string {
    const { message, hint } = this;
    return hint === undefined ? message : message.slice(0, -hint.length - 1);
  }

  /**
   * Returns a copy with another summary or other details.
   *
   * @internal
   */
  copy({ summary = this.summary, ...changes }: QuixErrorDetails & { summary?: string }): QuixError {
    const { code, retryable, status, correlationId, retryAfterMs, hint, cause } = this;
    const details = { retryable, status, correlationId, retryAfterMs, hint, cause };
    return new QuixError(code, summary, { ...details, ...changes });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // A class that somebody derives from this one is told apart as usual.
    if (this !== QuixError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && brand in value;
  }
}
