import { debuglog } from 'node:util';
import type { QuixError, QuixErrorCode } from './errors.ts';
import type { QuixWarningCode } from './warnings.ts';

/** Properties of a log line, besides its message. Contains no secrets. */
export interface QuixLogFields {
  /**
   * Kind of the event.
   *
   * - `request`: the Portal answered a request.
   * - `retry`: a request failed and will be sent again.
   * - `waiting`: a topic is not ready yet, and `getTopic()` will ask for it again.
   * - `credentials`, `rotated`, `tokenRejected`, `warning`: the event of the client with this name.
   * - `failure`: a call or an exchange failed.
   */
  readonly event:
    | 'request'
    | 'retry'
    | 'waiting'
    | 'credentials'
    | 'rotated'
    | 'tokenRejected'
    | 'warning'
    | 'failure';
  /** Code of the error or of the warning. */
  readonly code?: QuixErrorCode | QuixWarningCode;
  /** Id of the Quix environment. Before the first exchange, the configured id or name, if any. */
  readonly workspaceId?: string;
  /** Name of the source of the token that was accepted or rejected. */
  readonly source?: string;
  /** Fingerprint of the same token: 12 hex digits of a SHA-256 hash. */
  readonly fingerprint?: string;
  /** Name of the source of the token that was replaced. */
  readonly previousSource?: string;
  /** Fingerprint of the token that was replaced. */
  readonly previousFingerprint?: string;
  /** Counts how many times credentials were obtained. */
  readonly generation?: number;
  /** Subject of a warning, such as a variable or a file. The topic that `getTopic()` waits for. */
  readonly about?: string;
  /** Subject of the request to the Portal, in words. */
  readonly request?: string;
  /** HTTP status of the Portal's response. */
  readonly httpStatus?: number;
  /** The Portal's id of the failed request. */
  readonly correlationId?: string;
  /** Whether the same call may succeed later without any change. */
  readonly retryable?: boolean;
  /** Milliseconds until the next attempt. */
  readonly delayMs?: number;
  /** Milliseconds that `getTopic()` has waited for the topic. */
  readonly waitedMs?: number;
}

/** Arguments of a log method. See {@link QuixLogger}. */
export type QuixLogLine =
  [message: string, fields?: QuixLogFields] | [fields: QuixLogFields, message: string];

/**
 * A logger, such as `console`, pino or winston. Each method is optional. Log lines contain no
 * secrets.
 *
 * - A logger with the methods `child` and `log` receives the message and an object:
 *   `info(message, fields)`. An example is winston.
 * - A logger with the method `child` but no `log` receives `info(fields, message)`. Examples are
 *   pino, bunyan and the logger of Fastify.
 * - Any other logger receives the message only. An example is `console`.
 */
export interface QuixLogger {
  /** Requests and retries. */
  debug?(...line: QuixLogLine): void;
  /** New credentials, and changes to another token. */
  info?(...line: QuixLogLine): void;
  /** Conditions that need attention. */
  warn?(...line: QuixLogLine): void;
  /** Failed exchanges and other failed calls. */
  error?(...line: QuixLogLine): void;
  /** Decides whether the logger receives fields. Never called. */
  readonly child?: unknown;
  /**
   * Decides whether fields precede or follow the message. Never called. A pino
   * logger with a custom level named `log` writes no fields.
   */
  readonly log?: unknown;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** `NODE_DEBUG=quix` prints all levels to stderr. */
const debug = debuglog('quix');

/** Returns the fields that describe an error. */
export function errorFields(error: QuixError): Omit<QuixLogFields, 'event'> {
  const { code, retryable, status, correlationId } = error;
  return {
    code,
    retryable,
    ...(status !== undefined && { httpStatus: status }),
    ...(correlationId !== undefined && { correlationId }),
  };
}

/** Returns the arguments that this kind of logger expects. See {@link QuixLogger}. */
function toLine(logger: QuixLogger, message: string, fields: QuixLogFields): QuixLogLine {
  if (typeof logger.child !== 'function') return [message];
  return typeof logger.log === 'function' ? [message, fields] : [fields, message];
}

/** Logs a message. Ignores errors of the logger, because they must not stop an exchange. */
export function log(
  logger: QuixLogger | undefined,
  level: LogLevel,
  message: string,
  fields: QuixLogFields,
): void {
  debug('%s: %s', level, message);
  if (!logger) return;
  try {
    const line = toLine(logger, `quix-streams-auth: ${message}`, fields);
    const result: unknown = logger[level]?.(...line);
    // An async logger returns a promise, and an unhandled rejection would end the process.
    void Promise.resolve(result).catch(() => undefined);
  } catch {
    // The logger failed, so its failure cannot be logged.
  }
}
