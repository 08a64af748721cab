import type { Caller, PortalTokenLabel } from './token-registry.ts';

/**
 * A recorded request. It contains no query and no body. Tokens and passwords are replaced by
 * `[hidden]`, except those with fewer than 8 characters.
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
   * HTTP status of the response. Absent until the response is ready, and for requests with the
   * fault `reset` or `hang`.
   */
  status?: number;
  /** Whether the token was active. Also `true` for a 403. */
  readonly authorized: boolean;
  /** The kind of token when the request arrived. Absent if the request had no bearer token. */
  readonly token?: PortalTokenLabel;
  /** The headers `accept`, `content-type`, `user-agent` and `x-version` of the request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Time of arrival in milliseconds since the epoch, from a monotonic clock. */
  readonly startedAt: number;
  /**
   * Milliseconds from the arrival to the response or to the fault `reset`. Absent
   * until then.
   */
  durationMs?: number;
}

const RECORDED_HEADERS = ['accept', 'content-type', 'user-agent', 'x-version'];
/** Shorter secrets are not replaced, because they may also be parts of ordinary words. */
const MIN_SECRET_LENGTH = 8;

/** Creates the record of a request that has arrived, with `secrets` replaced by `[hidden]`. */
export function createRecord(
  request: Request,
  { label, isAuthenticated }: Caller,
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
    authorized: isAuthenticated,
    ...(label !== undefined && { token: label }),
    headers,
    startedAt: performance.timeOrigin + performance.now(),
  };
}

/** Adds the status and the duration to a record. A reset connection has no status. */
export function completeRecord(record: RecordedRequest, status: number | undefined): void {
  if (status !== undefined) record.status = status;
  record.durationMs = performance.timeOrigin + performance.now() - record.startedAt;
}
