import { innerErrors, isQuixError, quixErrorBrand } from './inner-errors.ts';
import { ownProperties } from './own-properties.ts';
import { findRememberedError, originalOf } from './remembered-errors.ts';
import { readProperty } from './sanitize-error.ts';

/** Every `code` of a {@link QuixError}. Codes do not change between versions, but messages may. */
export type QuixErrorCode =
  /** No source has a token. */
  | 'QUIX_TOKEN_MISSING'
  /** The text is not a token, for example a placeholder. The message does not contain the text. */
  | 'QUIX_TOKEN_INVALID'
  /** The token function or the token file failed. */
  | 'QUIX_TOKEN_SOURCE_FAILED'
  /** The Portal answered 401 to every token. Each is wrong, expired or deactivated. */
  | 'QUIX_TOKEN_REJECTED'
  /** The Portal answered 403. The token is valid but has no permission for the resource. */
  | 'QUIX_FORBIDDEN'
  /** The workspace does not exist on this Portal, or it is being deleted. */
  | 'QUIX_WORKSPACE_NOT_FOUND'
  /** Several workspaces are possible. None was chosen, or several have the chosen name. */
  | 'QUIX_WORKSPACE_AMBIGUOUS'
  /** The token does not have access to any workspace. */
  | 'QUIX_WORKSPACE_NONE'
  /** The new token belongs to a different workspace than the one in use. */
  | 'QUIX_WORKSPACE_CHANGED'
  /** Network fault, timeout, or status 408, 425, 429 or 5xx after all retries. */
  | 'QUIX_PORTAL_UNAVAILABLE'
  /** The Portal's certificate is not trusted. */
  | 'QUIX_PORTAL_TLS'
  /** The Portal answered with a redirect. Redirects are never followed. */
  | 'QUIX_PORTAL_REDIRECT'
  /** The response has an unexpected status, or it is not the expected JSON. */
  | 'QUIX_BAD_RESPONSE'
  /**
   * Kafka refused the credentials, or a broker's certificate is not trusted, and no exchange has
   * returned other credentials yet.
   */
  | 'QUIX_CREDENTIALS_REFUSED'
  /** The Kafka client, or its version, does not support a mechanism or protocol of the broker. */
  | 'QUIX_UNSUPPORTED'
  /** The topic does not exist and may not be created, or its id belongs to another workspace. */
  | 'QUIX_TOPIC_NOT_FOUND'
  /** The topic cannot be created, is in an error state, or is being deleted. */
  | 'QUIX_TOPIC_FAILED'
  /** The topic did not become ready in time. */
  | 'QUIX_TOPIC_TIMEOUT'
  /** An option or argument is wrong, or a required package is not installed. */
  | 'QUIX_CONFIG'
  /** The client was used after `close()`. */
  | 'QUIX_CLIENT_CLOSED';

/** Details of a {@link QuixError} besides its code and summary. */
export interface QuixErrorDetails {
  /** Whether the same call may succeed later without any change. Default `false`. */
  retryable?: boolean;
  /** HTTP status of the Portal's response. */
  status?: number | undefined;
  /** The Portal's id of the failed request. */
  correlationId?: string | undefined;
  /** Time to wait before the next attempt, in milliseconds. */
  retryAfterMs?: number | undefined;
  /** The next step for the user, as a whole sentence. It is appended to the summary. */
  hint?: string | undefined;
  /** The underlying error. It must not contain secrets. */
  cause?: Error | undefined;
}

/**
 * Error of this package. Distinguish errors by `code`. The message and the properties contain no
 * token and no password. `instanceof` also works for errors of a second installed copy. Kafka
 * clients wrap errors. {@link QuixError.from} finds the `QuixError` in them.
 *
 * @example
 * ```ts
 * import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
 *
 * try {
 *   await new QuixStreamingClient().getBrokerCredentials();
 * } catch (error) {
 *   if (error instanceof QuixError && error.code === 'QUIX_TOKEN_REJECTED') {
 *     console.error(error.message); // names the token source and what to do next
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
    Object.defineProperty(this.prototype, quixErrorBrand, { value: true });
    // Node prints the name of the class for uncaught errors, and a bundler may change that name.
    Object.defineProperty(this, 'name', { value: 'QuixError' });
  }

  /** Identifies the kind of error. The values are listed in {@link QuixErrorCode}. */
  readonly code: QuixErrorCode;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;
  /** HTTP status of the Portal's response, if there was one. */
  declare readonly status?: number;
  /** The Portal's id of the failed request. Quix support can find the request by it. */
  declare readonly correlationId?: string;
  /** Time to wait before the next attempt, in milliseconds, if known. */
  declare readonly retryAfterMs?: number;
  /** The next step for the user. `message` ends with this text. */
  declare readonly hint?: string;
  /** The underlying error. Unless it is a `QuixError`, it has only its name and code. */
  declare readonly cause?: Error;

  /**
   * Creates an error, for example in a test double of this package.
   *
   * @param summary - What failed, as a whole sentence. The message is the summary and the hint.
   */
  constructor(code: QuixErrorCode, summary: string, details: QuixErrorDetails = {}) {
    const own = ownProperties(details);
    const { retryable = false, status, correlationId, retryAfterMs, hint, cause } = own;
    super(hint === undefined ? summary : `${summary} ${hint}`, cause && { cause });
    this.code = code;
    this.retryable = retryable;
    if (status !== undefined) this.status = status;
    if (correlationId !== undefined) this.correlationId = correlationId;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
    if (hint !== undefined) this.hint = hint;
  }

  /** The message without the hint at its end. @internal */
  get summary(): string {
    const { message, hint } = this;
    return hint === undefined ? message : message.slice(0, -hint.length - 1);
  }

  /** Returns a copy with another summary or other details. @internal */
  copy({ summary = this.summary, ...changes }: QuixErrorDetails & { summary?: string }): QuixError {
    const { code, retryable, status, correlationId, retryAfterMs, hint, cause } = this;
    const details = { retryable, status, correlationId, retryAfterMs, hint, cause };
    return new QuixError(code, summary, { ...details, ...changes });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // Subclasses keep the usual meaning of `instanceof`.
    if (this !== QuixError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return isQuixError(value);
  }

  /**
   * Finds the `QuixError` in an error that a Kafka client threw. Searches the error, its causes and
   * the errors that it aggregates, and the event of a crashed consumer of kafkajs, at least the
   * first 1,000 of these. If there are several, returns the first one that is not retryable, or
   * otherwise the first one.
   *
   * kafkajs keeps only the message of some errors. For these, the method returns the newest error
   * with this message. It knows the last 100 errors that were passed to kafkajs in the process.
   *
   * @param error - Any value. The method never throws.
   * @returns `undefined` if there is no `QuixError`, for example for an error of Kafka
   *
   * @example
   * ```ts
   * import { Kafka } from 'kafkajs';
   * import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
   * import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
   *
   * const producer = new Kafka(kafkaJSConfig(new QuixStreamingClient())).producer();
   * try {
   *   await producer.connect();
   * } catch (error) {
   *   if (QuixError.from(error)?.code !== 'QUIX_TOKEN_REJECTED') throw error;
   *   console.error('Set Quix__Sdk__Token to the current token.');
   * }
   * ```
   */
  static from(error: unknown): QuixError | undefined {
    const inner = [...innerErrors(error)];
    const exact = inner.filter(isQuixError).map(originalOf);
    const found =
      exact.length > 0 ? exact : inner.flatMap((each) => findRememberedError(each) ?? []);
    return found.find((each) => readProperty(each, 'retryable') === false) ?? found[0];
  }
}

/** Returns the error for a wrong option or argument. */
export const configError = (summary: string, hint: string): QuixError =>
  new QuixError('QUIX_CONFIG', summary, { hint });
