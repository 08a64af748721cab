import { untilAborted } from '../abort.ts';
import { configError } from '../errors.ts';
import { ownProperties } from '../own-properties.ts';
import { sanitizeError } from '../sanitize-error.ts';
import { Redactor, redactTokens, type Token } from '../token/index.ts';
import type { PortalSession } from './portal-session.ts';

/** A token, and the number of the call that read it. */
interface ReadToken<T extends Token | undefined = Token> {
  readonly token: T;
  readonly callNumber: number;
}

/** Reads a token within the time limit of a Portal call. Sends nothing. */
async function readToken<T extends Token | undefined>(
  session: PortalSession,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<ReadToken<T>> {
  using call = session.openCall();
  const token = await read(call.deadline.signal);
  if (token) session.rememberToken(token);
  return { token, callNumber: call.number };
}

/** Reads the token to use now. */
async function readFirst(session: PortalSession): Promise<ReadToken> {
  const { tokens } = session.options;
  return await readToken(session, (signal) => tokens.readCurrent(session.token, signal));
}

/** Returns the token to use now. */
export async function readCurrentToken(session: PortalSession): Promise<Token> {
  return (await readFirst(session)).token;
}

/**
 * Returns the URL to which the token may be sent. Messages contain its origin only, because a path
 * or a query may contain a secret.
 */
function checkUrl(text: string, origins: readonly string[]): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The origin of a blob: URL is the one of the page that created it.
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    const summary = 'The URL passed to fetch() is not an absolute URL with https or http.';
    throw configError(summary, 'Pass a URL like https://api.example.com/path.');
  }
  if (!origins.includes(url.origin)) {
    throw configError(
      `fetch() does not send the token to ${redactTokens(url.origin)}, because it is neither the origin of the Portal nor listed in the option services.`,
      'If this origin may receive the token, add it to services. For requests without the token, use the global fetch().',
    );
  }
  if (url.username !== '' || url.password !== '') {
    const summary = `The URL on ${url.origin} that was passed to fetch() contains a user name or password.`;
    throw configError(summary, 'Remove it. The token is the only credential.');
  }
  return url;
}

/** Throws if the global `fetch()` would not verify the certificate of a server. */
function checkVerification({ protocol, origin }: URL): void {
  if (protocol !== 'https:' || process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return;
  throw configError(
    `fetch() does not send the token to ${origin}, because NODE_TLS_REJECT_UNAUTHORIZED=0 turns off the verification of certificates in the global fetch().`,
    'Remove this variable. To trust a private certificate authority, set NODE_EXTRA_CA_CERTS.',
  );
}

/** Returns whether a body can be sent a second time. A stream can be read only once. */
const isRepeatable = (body: unknown): boolean =>
  body === undefined ||
  body === null ||
  typeof body === 'string' ||
  ArrayBuffer.isView(body) ||
  [ArrayBuffer, URLSearchParams, FormData, Blob].some((type) => body instanceof type);

/**
 * Calls the global `fetch()`. Mocks and instrumentation may quote the request in an error, so an
 * error that contains the token is replaced.
 */
async function sendWithToken(
  input: string | Request,
  options: RequestInit,
  token: Token,
): Promise<Response> {
  const headers = new Headers(options.headers);
  headers.set('authorization', `Bearer ${token.reveal()}`);
  try {
    return await globalThis.fetch(input, ownProperties({ ...options, headers }));
  } catch (error) {
    const { inspect } = process.getBuiltinModule('node:util');
    const text = inspect(error, { depth: 5, customInspect: false });
    if (!new Redactor([token.reveal()]).containsSecret(text)) throw error;
    const message = 'The request of fetch() failed. The error contained the token and is withheld.';
    // eslint-disable-next-line preserve-caught-error -- the caught error contains the token
    throw new TypeError(message, { cause: sanitizeError(error) });
  }
}

/** A checked request, without the token. */
interface CheckedRequest {
  readonly url: URL;
  readonly input: string | Request;
  readonly options: RequestInit;
  readonly mayRepeat: boolean;
}

/** Checks the arguments of a call of `fetch()` that has no header `authorization`. */
function checkRequest(
  input: string | URL | Request,
  init: RequestInit,
  origins: readonly string[],
): CheckedRequest {
  // A subclass or a Proxy could show another URL than the one that fetch() requests. A copy cannot.
  const source = input instanceof Request ? new Request(input, ownProperties({})) : String(input);
  const request = typeof source === 'string' ? undefined : source;
  const url = checkUrl(typeof source === 'string' ? source : source.url, origins);
  if (init.redirect === 'follow') {
    const summary = "fetch() does not support the option redirect: 'follow'.";
    throw configError(summary, 'Leave it out, and handle the redirect in your own code.');
  }
  if (!init.dispatcher) checkVerification(url);
  const redirect = (init.redirect ?? request?.redirect) === 'error' ? 'error' : 'manual';
  return {
    url,
    input: request ?? url.href,
    options: { ...init, redirect },
    mayRepeat: isRepeatable(init.body ?? request?.body),
  };
}

/**
 * Calls the global `fetch()` with the token, if the origin of the URL is the Portal's or one of
 * `services`. After a 401, sends the request again with the next token. If the caller has set the
 * header `authorization`, only calls `fetch()`.
 */
export async function fetchWithToken(
  session: PortalSession,
  services: readonly string[],
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  if (init instanceof Request) {
    const summary = 'The second argument of fetch() is a Request instead of options.';
    throw configError(summary, 'Pass new Request(url, request) as the only argument.');
  }
  const given = ownProperties(init);
  const request = input instanceof Request ? input : undefined;
  const headers = new Headers(given.headers ?? request?.headers ?? {});
  if (headers.has('authorization')) return await globalThis.fetch(input, init);
  const origins = [session.options.portal.origin, ...services];
  const checked = checkRequest(input, ownProperties({ ...given, headers }), origins);
  const closing = new AbortController();
  const signals = [given.signal === undefined ? request?.signal : given.signal, closing.signal];
  const signal = AbortSignal.any(signals.filter((each) => each !== undefined && each !== null));
  signal.throwIfAborted();
  session.openCalls.add(closing);
  try {
    return await sendUntilAccepted(session, checked, signal);
  } finally {
    session.openCalls.delete(closing);
  }
}

/** Sends a request. After a 401, repeats it with the next token, if the body can be sent again. */
async function sendUntilAccepted(
  session: PortalSession,
  { url, input, options, mayRepeat }: CheckedRequest,
  signal: AbortSignal,
): Promise<Response> {
  const { observer, portal, tokens } = session.options;
  const isPortal = url.origin === portal.origin;
  const tried: Token[] = [];
  let { token, callNumber } = await untilAborted(readFirst(session), signal);
  for (;;) {
    if (isPortal) session.transport.requests++;
    const sent = sendWithToken(input, { ...options, signal }, token);
    const response = await untilAborted(sent, signal);
    const { status, ok, body } = response;
    observer.debug(`${url.host} answered a request of fetch() with status ${status}.`, {
      event: 'request',
      request: 'fetch()',
      httpStatus: status,
    });
    if (ok) session.putInUse(callNumber, token, undefined);
    if (status !== 401) return response;
    observer.tokenRejected(token, isPortal ? undefined : url.host);
    tokens.reject(token);
    if (!mayRepeat) return response;
    tried.push(token);
    const readNext = readToken(session, (limit) => tokens.readNext(tried, 401, limit));
    const next = await untilAborted(readNext, signal);
    if (!next.token) return response;
    token = next.token;
    callNumber = next.callNumber;
    // Releases the connection. Fails if the service has interrupted the body, which is not needed.
    void body?.cancel().catch(() => undefined);
  }
}
