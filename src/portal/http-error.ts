import { QuixError } from '../errors.ts';
import { containsSecret, type Token } from '../token/index.ts';
import { parseErrorBody } from './error-body.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { HttpResponse } from './transport.ts';

/** The request that a message is about. */
export interface RequestContext {
  /** Host and port of the Portal. */
  readonly host: string;
  /** Origin of the Portal, which a redirect may be relative to. */
  readonly origin: string;
  /** What was requested, in words: "the list of workspaces". */
  readonly subject: string;
  readonly workspaceId?: string | undefined;
  /** The requested topic. A 404 is then about the topic. */
  readonly topic?: string | undefined;
  /** Texts that messages must not repeat if the response contains them. */
  readonly secrets: readonly string[];
}

const RETRYABLE_4XX = new Set([408, 425, 429]);
const URL_HINT =
  'Check that the Portal URL is the URL of the API (portal-api.…), including its base path.';

const isHtml = (text: string): boolean => text.trimStart().startsWith('<');

function redirectTarget({ headers }: HttpResponse, { origin, secrets }: RequestContext): string {
  const { location } = headers;
  if (typeof location === 'string' && URL.canParse(location, origin)) {
    const target = new URL(location, origin).origin;
    if (target !== 'null' && !containsSecret(target, secrets)) return target;
  }
  return 'an unreadable address';
}

/** Returns the end of a hint that asks to report the correlation id, or an empty string. */
const reportId = (correlationId: string | undefined): string =>
  correlationId === undefined ? '' : ` Tell Quix support the correlation id ${correlationId}.`;

/** Turns a response whose status is not 2xx into an error. */
export function toHttpError(response: HttpResponse, context: RequestContext): QuixError {
  const { status, headers, text } = response;
  const { host, subject, workspaceId, topic } = context;
  const { message, correlationId } = parseErrorBody(text, context.secrets);
  const details = message === undefined ? '' : ` Its message: "${message.replace(/\.$/, '')}".`;
  const report = reportId(correlationId);
  const common = { status, correlationId };

  if (status >= 300 && status < 400) {
    return new QuixError(
      'QUIX_PORTAL_REDIRECT',
      `${host} redirected the request for ${subject} to ${redirectTarget(response, context)} (${status}). The redirect was not followed, because it would send the token there.`,
      { ...common, hint: 'Set the Portal URL to the actual address of the API.' },
    );
  }
  if (status === 401) {
    return new QuixError(
      'QUIX_TOKEN_REJECTED',
      `The Portal at ${host} rejected the token (401).${details}`,
      { ...common, hint: `Check the token.${report}` },
    );
  }
  if (status === 403) {
    const resource = workspaceId === undefined ? subject : `workspace ${workspaceId}`;
    return new QuixError(
      'QUIX_FORBIDDEN',
      `The token is valid but has no permission for ${resource} (403).${details}`,
      {
        ...common,
        hint: `Use the streaming token of that environment, or ask an administrator for the permission.${report}`,
      },
    );
  }
  if (status === 404 && topic !== undefined && !isHtml(text)) {
    return new QuixError(
      'QUIX_TOPIC_NOT_FOUND',
      `The topic ${topic} does not exist in workspace ${workspaceId ?? ''} (404).${details}`,
      { ...common, hint: `Check the name of the topic.${report}` },
    );
  }
  if (status === 404 && workspaceId !== undefined) {
    return new QuixError(
      'QUIX_WORKSPACE_NOT_FOUND',
      `The workspace ${workspaceId} does not exist on ${host} (404).${details}`,
      {
        ...common,
        hint: isHtml(text)
          ? `The response is a web page. ${URL_HINT}`
          : `Check the workspace id, and that the workspace is on this Portal.${report}`,
      },
    );
  }
  if (status >= 500 || RETRYABLE_4XX.has(status)) {
    const retryAfterMs = parseRetryAfter(headers['retry-after'], headers['date']);
    const wait =
      retryAfterMs === undefined ? '' : ` It asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`;
    return new QuixError(
      'QUIX_PORTAL_UNAVAILABLE',
      `The Portal at ${host} is not available (${status}).${details}${wait}`,
      {
        ...common,
        retryable: true,
        retryAfterMs,
        hint: `The token is not the cause. Try again later.${report}`,
      },
    );
  }
  return new QuixError(
    'QUIX_BAD_RESPONSE',
    `${host} answered the request for ${subject} with status ${status}.${details}`,
    { ...common, hint: `${URL_HINT}${report}` },
  );
}

/** The problem of a body that is not JSON, for {@link toBodyError}. */
export const NOT_JSON = 'the body is not JSON';

/** Turns a 2xx response whose body is not the expected JSON into an error. */
export function toBodyError(
  response: HttpResponse,
  problem: string,
  { host, subject }: RequestContext,
): QuixError {
  const { status, text } = response;
  // JSON that starts correctly and does not end was cut off, so the next response may be complete.
  const isCutOff = problem === NOT_JSON && /^[[{]/.test(text.trim());
  let hint = URL_HINT;
  if (isHtml(text)) hint = `A proxy or a sign-in page answered instead of the API. ${URL_HINT}`;
  else if (isCutOff) hint = 'The response was cut off. Try again.';
  return new QuixError(
    'QUIX_BAD_RESPONSE',
    `${host} answered the request for ${subject} with status ${status}, but ${problem}.`,
    { status, retryable: isCutOff, hint },
  );
}

/** Adds to a final 401 which tokens were tried, and what to do about a rotated token. */
export function toRejectedError(error: QuixError, tried: readonly Token[]): QuixError {
  const sources = [...new Set(tried.map(({ source }) => source))].join(', then ');
  const expired = tried.flatMap(({ source, expiresAt }) =>
    expiresAt && expiresAt.getTime() < Date.now()
      ? ` The token from ${source} expired at ${expiresAt.toISOString()}.`
      : [],
  );
  return error.copy({
    summary: `${error.summary} Tried the token from ${sources}.${expired.join('')} It is wrong, expired or deactivated. Rotating the tokens of an environment deactivates Token 1, and Token 2 takes its place.`,
    hint: `Copy the current token from the environment's settings in Quix to that source, and restart the service if the source is a variable. With fallbackToken, tokenFile, a function or rotateToken(), no restart is needed.${reportId(error.correlationId)}`,
  });
}
