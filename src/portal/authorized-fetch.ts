import { untilAborted } from '../abort.ts';
import { QuixError } from '../errors.ts';
import { ownProperties } from '../own-properties.ts';
import { redactTokens, type Token } from '../token/index.ts';
import type { PortalSession } from './portal-session.ts';

const configError = (summary: string, hint: string): QuixError =>
  new QuixError('QUIX_CONFIG', summary, { hint });

/** Reads a token within the time limit of a Portal call. Sends nothing. */
async function readToken<T extends Token | undefined>(
  session: PortalSession,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<{ token: T; callNumber: number }> {
  using call = session.openCall();
  const token = await read(call.deadline.signal);
  if (token) session.rememberToken(token);
  return { token, callNumber: call.number };
}

/** Reads the token to use now. */
async function readFirst(session: PortalSession): Promise<{ token: Token; callNumber: number }> {
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
  if (url.username === '' && url.password === '') return url;
  const summary = `The URL on ${url.origin} that was passed to fetch() contains a user name or password.`;
  throw configError(summary, 'Remove it. The token is the only credential.');
}

/** Returns whether a body can be sent a second time. A stream can be read only once. */
const isRepeatable = (body: unknown): boolean =>
  body === undefined ||
  body === null ||
  typeof body === 'string' ||
  ArrayBuffer.isView(body) ||
  [ArrayBuffer, URLSearchParams, FormData, Blob].some((type) => body instanceof type);

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
  const { observer, portal, tokens } = session.options;
  if (init instanceof Request) {
    const summary = 'The second argument of fetch() is a Request instead of options.';
    throw configError(summary, 'Pass new Request(url, request) as the only argument.');
  }
  const options = ownProperties(init);
  const request = input instanceof Request ? input : undefined;
  const givenHeaders = new Headers(options.headers ?? request?.headers);
  if (givenHeaders.has('authorization')) return await globalThis.fetch(input, init);
  const text = input instanceof Request ? input.url : String(input);
  const url = checkUrl(text, [portal.origin, ...services]);
  if (options.redirect === 'follow') {
    const summary = "fetch() does not support the option redirect: 'follow'.";
    throw configError(summary, 'Leave it out, and handle the redirect in your own code.');
  }
  const redirect: RequestInit['redirect'] =
    (options.redirect ?? request?.redirect) === 'error' ? 'error' : 'manual';
  const mayRepeat = isRepeatable(options.body ?? request?.body);
  const controller = new AbortController();
  const givenSignal = options.signal === undefined ? request?.signal : options.signal;
  const signal = givenSignal
    ? AbortSignal.any([givenSignal, controller.signal])
    : controller.signal;
  signal.throwIfAborted();
  const openCall = { deadline: controller };
  session.openCalls.add(openCall);
  try {
    const tried: Token[] = [];
    let { token, callNumber } = await untilAborted(readFirst(session), signal);
    for (;;) {
      const headers = new Headers(givenHeaders);
      headers.set('authorization', `Bearer ${token.reveal()}`);
      if (url.origin === portal.origin) session.transport.requests++;
      const sendOptions = ownProperties({ ...options, headers, redirect, signal });
      const sent = globalThis.fetch(request ?? url.href, sendOptions);
      const response = await untilAborted(sent, signal);
      const { status, ok, body } = response;
      observer.debug(`${url.host} answered a request of fetch() with status ${status}.`, {
        event: 'request',
        request: 'fetch()',
        httpStatus: status,
      });
      if (ok) session.putInUse(callNumber, token, undefined);
      if (status !== 401) return response;
      observer.tokenRejected(token, url.origin === portal.origin ? undefined : url.host);
      tokens.reject(token);
      if (!mayRepeat) return response;
      tried.push(token);
      const readNext = readToken(session, (limit) => tokens.readNext(tried, 401, limit));
      const next = await untilAborted(readNext, signal);
      if (!next.token) return response;
      ({ token, callNumber } = { ...next, token: next.token });
      await body?.cancel(); // releases the connection
    }
  } finally {
    session.openCalls.delete(openCall);
  }
}
