import { QuixError, type QuixErrorCode, type QuixErrorDetails } from '../errors.ts';
import { sourceInWords, type Redactor, type Token } from '../token/index.ts';
import type { HttpResponse } from './dispatch.ts';
import type { PortalRequest } from './endpoints.ts';

/** Facts about a request, for messages. */
export type RequestContext = Pick<PortalRequest<unknown>, 'subject' | 'workspaceId' | 'topic'> & {
  readonly portal: URL;
  readonly redactor: Redactor;
};

type Header = HttpResponse['headers'][string];

const RETRYABLE_4XX = new Set([408, 425, 429]);
const URL_HINT =
  'Check that the Portal URL is the URL of the API (portal-api.…), including its base path.';

const isHtml = (text: string): boolean => text.trimStart().startsWith('<');

/**
 * Returns the message and the correlation id in the body of an error response, without secrets. The
 * Portal sends an object with these properties, a JSON string, or plain text.
 */
export function parseErrorBody(
  text: string,
  redactor: Redactor,
): { message?: string | undefined; correlationId?: string | undefined } {
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON, so it is plain text.
  }
  if (typeof body === 'string') return isHtml(body) ? {} : { message: redactor.cleanText(body) };
  if (typeof body !== 'object' || body === null) return {};
  const read = (key: string): string => {
    // Ignores properties of a prototype that other code has changed.
    const value: unknown = Object.getOwnPropertyDescriptor(body, key)?.value;
    return typeof value === 'string' ? value : '';
  };
  return {
    message: redactor.cleanText(read('message')),
    correlationId: redactor.cleanId(read('correlationId')),
  };
}

function parseHttpDate(value: Header): number | undefined {
  if (typeof value !== 'string') return undefined;
  const time = Date.parse(value);
  // Date.parse() also accepts other formats and dates such as 31 February. Only the HTTP date
  // format stays the same in toUTCString().
  return Number.isNaN(time) || new Date(time).toUTCString() !== value ? undefined : time;
}

/**
 * Returns the milliseconds to wait according to the header `Retry-After`, which contains seconds or
 * an HTTP date. Dates are compared with the header `Date`, because the clock of this machine may be
 * wrong. A date in the past returns 0.
 */
export function parseRetryAfter(value: Header, date: Header): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const time = parseHttpDate(text);
  return time === undefined ? undefined : Math.max(0, time - (parseHttpDate(date) ?? Date.now()));
}

function redirectTarget(location: Header, { portal, redactor }: RequestContext): string {
  if (typeof location === 'string' && URL.canParse(location, portal.origin)) {
    const { origin } = new URL(location, portal.origin);
    const target = origin === 'null' ? undefined : redactor.cleanText(origin);
    if (target !== undefined) return target;
  }
  return 'an unreadable address';
}

/** Returns a sentence with the correlation id for the end of a hint, or an empty string. */
const supportHint = (correlationId: string | undefined): string =>
  correlationId === undefined ? '' : ` Report the correlation id ${correlationId} to Quix support.`;

/** Turns a response with a status other than 2xx into an error. */
export function toHttpError(response: HttpResponse, context: RequestContext): QuixError {
  const { status, headers, text = '' } = response;
  const { subject, workspaceId, topic } = context;
  const { host } = context.portal;
  const { message, correlationId } = parseErrorBody(text, context.redactor);
  const quote = message === undefined ? '' : ` The response says: "${message.replace(/\.$/, '')}".`;
  const support = supportHint(correlationId);
  const create = (code: QuixErrorCode, summary: string, details: QuixErrorDetails): QuixError =>
    new QuixError(code, summary, { status, correlationId, ...details });

  if (status >= 300 && status < 400) {
    const target = redirectTarget(headers['location'], context);
    return create(
      'QUIX_PORTAL_REDIRECT',
      `${host} redirected the request for ${subject} to ${target} (${status}). Redirects are not followed, because the new address would receive the token.`,
      { hint: 'Set the Portal URL to the actual address of the API.' },
    );
  }
  if (status === 401) {
    const summary = `The Portal at ${host} rejected the token (401).${quote}`;
    return create('QUIX_TOKEN_REJECTED', summary, {}); // toRejectedError() adds the hint
  }
  if (status === 403) {
    const refused =
      workspaceId === undefined
        ? `the request for ${subject}`
        : `access to workspace ${workspaceId}`;
    const summary = `The token is valid but does not permit ${refused} (403).${quote}`;
    const hint = `Use the streaming token of the environment, or ask an administrator for the permission.${support}`;
    return create('QUIX_FORBIDDEN', summary, { hint });
  }
  if (status === 404 && topic !== undefined && !isHtml(text)) {
    const summary = `The topic ${topic} does not exist in workspace ${workspaceId ?? ''} (404).${quote}`;
    const hint = `Check the name of the topic.${support}`;
    return create('QUIX_TOPIC_NOT_FOUND', summary, { hint });
  }
  if (status === 404 && workspaceId !== undefined) {
    const summary = `The workspace ${workspaceId} does not exist on ${host} (404).${quote}`;
    const hint = isHtml(text)
      ? `The response is a web page. ${URL_HINT}`
      : `Check the workspace id, and that the workspace is on this Portal.${support}`;
    return create('QUIX_WORKSPACE_NOT_FOUND', summary, { hint });
  }
  if (status >= 500 || RETRYABLE_4XX.has(status)) {
    const retryAfterMs = parseRetryAfter(headers['retry-after'], headers['date']);
    let summary = `The Portal at ${host} is not available (${status}).${quote}`;
    if (retryAfterMs !== undefined)
      summary += ` The response asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`;
    const hint = `The token is not the cause. Try again later.${support}`;
    return create('QUIX_PORTAL_UNAVAILABLE', summary, { retryable: true, retryAfterMs, hint });
  }
  const summary = `${host} answered the request for ${subject} with status ${status}.${quote}`;
  return create('QUIX_BAD_RESPONSE', summary, { hint: `${URL_HINT}${support}` });
}

/** Turns a 2xx response with an unusable body into an error. */
export function toBodyError(
  { status, text = '' }: HttpResponse,
  problem: string,
  { portal, subject }: RequestContext,
): QuixError {
  const prefix = isHtml(text) ? 'A proxy or a sign-in page answered instead of the API. ' : '';
  return new QuixError(
    'QUIX_BAD_RESPONSE',
    `${portal.host} answered the request for ${subject} with status ${status}, but ${problem}.`,
    { status, hint: `${prefix}${URL_HINT}` },
  );
}

/** Returns the error of a final 401, with the sources of the tried tokens and what to do. */
export function toRejectedError(error: QuixError, tried: readonly Token[]): QuixError {
  const sources = [...new Set(tried.map(({ source }) => sourceInWords(source)))].join(', then ');
  const expired = tried.flatMap(({ source, expiresAt }) =>
    expiresAt && expiresAt.getTime() < Date.now()
      ? ` The token from ${sourceInWords(source)} expired at ${expiresAt.toISOString()}.`
      : [],
  );
  return error.copy({
    summary: `${error.summary} Source of the token: ${sources}.${expired.join('')} The Portal rejects a token that is wrong, expired or deactivated. A rotation in Quix deactivates Token 1 and makes Token 2 the new Token 1.`,
    hint: `Copy the current token from the environment's settings in Quix to its source. If the source is a variable, restart the service. With fallbackToken, tokenFile, a function or rotateToken(), a restart is not needed.${supportHint(error.correlationId)}`,
  });
}
