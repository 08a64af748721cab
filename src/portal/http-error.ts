import { QuixError } from '../errors.ts';
import { containsSecret, sourceInWords, type Token } from '../token/index.ts';
import { parseErrorBody } from './error-body.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { HttpResponse } from './transport.ts';

/** Facts about a request, for messages. */
export interface RequestContext {
  /** Host and port of the Portal. */
  readonly host: string;
  /** Origin of the Portal. The target of a redirect may be relative to it. */
  readonly origin: string;
  /** What was requested, such as "the list of workspaces". */
  readonly subject: string;
  readonly workspaceId?: string | undefined;
  /**
   * The requested topic. If it is set, a 404 means that the topic does not exist, unless the
   * response is a web page.
   */
  readonly topic?: string | undefined;
  /** Texts that messages must not contain. */
  readonly secrets: readonly string[];
}

const RETRYABLE_4XX = new Set([408, 425, 429]);
const URL_HINT =
  'Check that the Portal URL is the URL of the API (portal-api.…), including its base path.';

const isHtml = (text: string): boolean => text.trimStart().startsWith('<');

/** Returns the origin that a redirect leads to. */
function redirectTarget({ headers }: HttpResponse, { origin, secrets }: RequestContext): string {
  const { location } = headers;
  if (typeof location === 'string' && URL.canParse(location, origin)) {
    const target = new URL(location, origin).origin;
    if (target !== 'null' && !containsSecret(target, secrets)) return target;
  }
  return 'an unreadable address';
}

/** Returns a sentence with the correlation id for the end of a hint, or an empty string. */
const supportHint = (correlationId: string | undefined): string =>
  correlationId === undefined ? '' : ` Report the correlation id ${correlationId} to Quix support.`;

/** Turns a response whose status is not 2xx into an error. */
export function toHttpError(response: HttpResponse, context: RequestContext): QuixError {
  const { status, headers, text } = response;
  const { host, subject, workspaceId, topic } = context;
  const { message, correlationId } = parseErrorBody(text, context.secrets);
  const details =
    message === undefined ? '' : ` The response says: "${message.replace(/\.$/, '')}".`;
  const support = supportHint(correlationId);
  const common = { status, correlationId };

  if (status >= 300 && status < 400) {
    return new QuixError(
      'QUIX_PORTAL_REDIRECT',
      `${host} redirected the request for ${subject} to ${redirectTarget(response, context)} (${status}). Redirects are not followed, because the new address would receive the token.`,
      { ...common, hint: 'Set the Portal URL to the actual address of the API.' },
    );
  }
  if (status === 401) {
    return new QuixError(
      'QUIX_TOKEN_REJECTED',
      `The Portal at ${host} rejected the token (401).${details}`,
      { ...common, hint: `Check the token.${support}` },
    );
  }
  if (status === 403) {
    const resource = workspaceId === undefined ? subject : `workspace ${workspaceId}`;
    return new QuixError(
      'QUIX_FORBIDDEN',
      `The token is valid but has no permission for ${resource} (403).${details}`,
      {
        ...common,
        hint: `Use the streaming token of that environment, or ask an administrator for the permission.${support}`,
      },
    );
  }
  if (status === 404 && topic !== undefined && !isHtml(text)) {
    return new QuixError(
      'QUIX_TOPIC_NOT_FOUND',
      `The topic ${topic} does not exist in workspace ${workspaceId ?? ''} (404).${details}`,
      { ...common, hint: `Check the name of the topic.${support}` },
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
          : `Check the workspace id, and that the workspace is on this Portal.${support}`,
      },
    );
  }
  if (status >= 500 || RETRYABLE_4XX.has(status)) {
    const retryAfterMs = parseRetryAfter(headers['retry-after'], headers['date']);
    const wait =
      retryAfterMs === undefined
        ? ''
        : ` The response asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`;
    return new QuixError(
      'QUIX_PORTAL_UNAVAILABLE',
      `The Portal at ${host} is not available (${status}).${details}${wait}`,
      {
        ...common,
        retryable: true,
        retryAfterMs,
        hint: `The token is not the cause. Try again later.${support}`,
      },
    );
  }
  return new QuixError(
    'QUIX_BAD_RESPONSE',
    `${host} answered the request for ${subject} with status ${status}.${details}`,
    { ...common, hint: `${URL_HINT}${support}` },
  );
}

/** Turns a 2xx response whose body is not usable into an error. */
export function toBodyError(
  { status, text }: HttpResponse,
  problem: string,
  { host, subject }: RequestContext,
): QuixError {
  return new QuixError(
    'QUIX_BAD_RESPONSE',
    `${host} answered the request for ${subject} with status ${status}, but ${problem}.`,
    {
      status,
      hint: isHtml(text)
        ? `A proxy or a sign-in page answered instead of the API. ${URL_HINT}`
        : URL_HINT,
    },
  );
}

/**
 * Turns a 2xx response whose body is not JSON into an error. If the body starts like JSON, it was
 * cut off, and another attempt may succeed.
 */
export function toNotJsonError(response: HttpResponse, context: RequestContext): QuixError {
  const error = toBodyError(response, 'the body is not JSON', context);
  return /^[[{]/.test(response.text.trim())
    ? error.copy({ retryable: true, hint: 'The response was cut off. Try again.' })
    : error;
}

/**
 * Returns the error of a final 401, with the sources of the tried tokens and what to do after a
 * rotation.
 */
export function toRejectedError(error: QuixError, tried: readonly Token[]): QuixError {
  const sources = [...new Set(tried.map(({ source }) => sourceInWords(source)))].join(', then ');
  const expired = tried.flatMap(({ source, expiresAt }) =>
    expiresAt && expiresAt.getTime() < Date.now()
      ? ` The token from ${sourceInWords(source)} expired at ${expiresAt.toISOString()}.`
      : [],
  );
  return error.copy({
    summary: `${error.summary} Source of the token: ${sources}.${expired.join('')} The Portal rejects a token that is wrong, expired or deactivated. A rotation in Quix deactivates Token 1 and makes Token 2 the new Token 1.`,
    hint: `Copy the current token from the environment's settings in Quix to this source. If the source is a variable, restart the service. With fallbackToken, tokenFile, a function or rotateToken(), a restart is not needed.${supportHint(error.correlationId)}`,
  });
}
