import type { PortalTokenLabel } from './token-registry.ts';

/**
 * One line of the log of requests. It holds no token, no password, no body and no query.
 *
 * @example
 * ```ts
 * import { startPortalEmulator } from 'quix-streams-auth/testing';
 *
 * const portal = await startPortalEmulator();
 * // … what is to be tested …
 * console.log(portal.requests.filter(({ status }) => status === 401));
 * portal.requests.length = 0;
 * ```
 */
export interface RecordedRequest {
  /** `GET`, `POST`, … */
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Of the answer; absent while there is none, and for good after the faults `reset` and `hang`. */
  status?: number;
  /** Whether the token was an active one. */
  readonly authorized: boolean;
  /** Which token it was, as of its arrival; absent without a bearer token. */
  readonly token?: PortalTokenLabel;
  /** `accept`, `content-type`, `user-agent` and `x-version`, as far as they were sent. */
  readonly headers: Readonly<Record<string, string>>;
  /** When it arrived: milliseconds since the epoch, by a clock that is never set back. */
  readonly startedAt: number;
  /** Milliseconds until the answer began; absent while there is none. */
  durationMs?: number;
}

const HEADERS_OF_INTEREST = ['accept', 'content-type', 'user-agent', 'x-version'];
/** Shorter ones would blot out innocent text. */
const MIN_SECRET_LENGTH = 8;

/** Begins a line of the log. `secrets` appear nowhere in it, wherever the client put them. */
export function recordRequest(
  request: Request,
  token: PortalTokenLabel | undefined,
  authorized: boolean,
  secrets: readonly string[],
): RecordedRequest {
  const clean = (text: string): string =>
    secrets
      .filter(({ length }) => length >= MIN_SECRET_LENGTH)
      .reduce((cleaned, secret) => cleaned.replaceAll(secret, '[hidden]'), text);
  const headers: Record<string, string> = {};
  for (const name of HEADERS_OF_INTEREST) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = clean(value);
  }
  return {
    method: request.method,
    path: clean(new URL(request.url).pathname),
    authorized,
    ...(token !== undefined && { token }),
    headers,
    startedAt: performance.timeOrigin + performance.now(),
  };
}

/** Ends it. */
export function recordAnswer(recorded: RecordedRequest, { status }: Response): void {
  // That of a network error is 0.
  if (status !== 0) recorded.status = status;
  recorded.durationMs = performance.timeOrigin + performance.now() - recorded.startedAt;
}
