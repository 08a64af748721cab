import type { Caller, PortalTokenLabel } from './token-registry.ts';

/**
 * A recorded request. It contains no password, no body, no query, and no token of at least 8
 * characters.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type RecordedRequest } from 'quix-streams-auth/testing';
 *
 * const isRejected = ({ status }: RecordedRequest) => status === 401;
 * const portal = await startPortalEmulator();
 * // … run the code under test …
 * console.log(portal.requests.filter(isRejected));
 * portal.requests.length = 0;
 * ```
 */
export interface RecordedRequest {
  /** `GET`, `POST`, … */
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  /**
   * HTTP status of the response. Absent until the response starts, and always absent after the faults
   * `reset` and `hang`.
   */
  status?: number;
  /** Whether the token was active. */
  readonly authorized: boolean;
  /** Which token was sent, as of the request's arrival. Absent without a bearer token. */
  readonly token?: PortalTokenLabel;
  /** The headers `accept`, `content-type`, `user-agent` and `x-version`, if they were sent. */
  readonly headers: Readonly<Record<string, string>>;
  /** Time of arrival in milliseconds since the epoch, from a monotonic clock. */
  readonly startedAt: number;
  /** Milliseconds until the response started. Absent before. */
  durationMs?: number;
}

const RECORDED_HEADERS = ['accept', 'content-type', 'user-agent', 'x-version'];
/** A shorter secret is likely to match harmless text. */
const MIN_SECRET_LENGTH = 8;

/** Records the arrival of a request. `secrets` are replaced wherever they appear in it. */
export function recordRequest(
  request: Request,
  { label, isAuthorized }: Caller,
  secrets: readonly string[],
): RecordedRequest {
  const clean = (text: string): string =>
    secrets
      .filter(({ length }) => length >= MIN_SECRET_LENGTH)
      .reduce((cleaned, secret) => cleaned.replaceAll(secret, '[hidden]'), text);
  const headers: Record<string, string> = {};
  for (const name of RECORDED_HEADERS) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = clean(value);
  }
  return {
    method: request.method,
    path: clean(new URL(request.url).pathname),
    authorized: isAuthorized,
    ...(label !== undefined && { token: label }),
    headers,
    startedAt: performance.timeOrigin + performance.now(),
  };
}

/** Records the response to a request. */
export function recordResponse(recorded: RecordedRequest, { status }: Response): void {
  // The status of Response.error() is 0.
  if (status !== 0) recorded.status = status;
  recorded.durationMs = performance.timeOrigin + performance.now() - recorded.startedAt;
}
