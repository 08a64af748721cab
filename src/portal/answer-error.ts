import { QuixError } from '../errors.ts';
import { containsSecret, parseErrorBody } from './error-body.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { PortalAnswer } from './transport.ts';

/** What a message needs to know of the request that failed. */
export interface AnswerContext {
  /** The Portal's host and port. */
  readonly host: string;
  /** The Portal's origin, which a redirect may be relative to. */
  readonly origin: string;
  /** What was asked for, in words: "the list of workspaces". */
  readonly asked: string;
  /** The workspace asked about, if one was. */
  readonly workspaceId?: string | undefined;
  /** The topic asked about, if one was: then a 404 is about that. */
  readonly topic?: string | undefined;
  /** Texts that must never be repeated, should the answer echo them. */
  readonly secrets: readonly string[];
}

const RETRYABLE_4XX = new Set([408, 425, 429]);
const URL_HINT = 'Check that the Portal URL is that of the API (portal-api.…), with its base path.';

const isHtml = (text: string): boolean => text.trimStart().startsWith('<');

function redirectTarget({ headers }: PortalAnswer, { origin, secrets }: AnswerContext): string {
  const { location } = headers;
  if (typeof location === 'string' && URL.canParse(location, origin)) {
    const target = new URL(location, origin).origin;
    if (target !== 'null' && !containsSecret(target, secrets)) return target;
  }
  return 'an unreadable address';
}

/** An answer that is no success, as an error of ours. */
export function toAnswerError(answer: PortalAnswer, context: AnswerContext): QuixError {
  const { status, headers, text } = answer;
  const { host, asked, workspaceId, topic } = context;
  const { message, correlationId } = parseErrorBody(text, context.secrets);
  const says = message === undefined ? '' : ` It says: "${message.replace(/\.$/, '')}".`;
  const quote =
    correlationId === undefined ? '' : ` Quote the correlation id ${correlationId} to Quix.`;
  const common = { status, correlationId };

  if (status >= 300 && status < 400) {
    return new QuixError(
      'QUIX_PORTAL_REDIRECT',
      `${host} answered ${status}, a redirect to ${redirectTarget(answer, context)}, when asked for ${asked}. It was not followed: the token would go with it.`,
      {
        ...common,
        hint: 'Set the Portal URL to where the API really is.',
      },
    );
  }
  if (status === 401) {
    return new QuixError(
      'QUIX_TOKEN_REJECTED',
      `The Portal at ${host} rejected the token (401).${says}`,
      {
        ...common,
        hint: `Check the token.${quote}`,
      },
    );
  }
  if (status === 403) {
    const what = workspaceId === undefined ? asked : `workspace ${workspaceId}`;
    return new QuixError(
      'QUIX_FORBIDDEN',
      `The token is valid but has no right to ${what} (403).${says}`,
      {
        ...common,
        hint: `Use the streaming token of that environment, or ask an admin for the right to it.${quote}`,
      },
    );
  }
  if (status === 404 && topic !== undefined && !isHtml(text)) {
    return new QuixError(
      'QUIX_TOPIC_NOT_FOUND',
      `There is no topic ${topic} in workspace ${workspaceId ?? ''} (404).${says}`,
      { ...common, hint: `Check the name of the topic.${quote}` },
    );
  }
  if (status === 404 && workspaceId !== undefined) {
    return new QuixError(
      'QUIX_WORKSPACE_NOT_FOUND',
      `There is no workspace ${workspaceId} on ${host} (404).${says}`,
      {
        ...common,
        hint: isHtml(text)
          ? `The answer is a web page: ${URL_HINT.toLowerCase().charAt(0)}${URL_HINT.slice(1)}`
          : `Check the workspace id for a typo, and that it belongs to this Portal.${quote}`,
      },
    );
  }
  if (status >= 500 || RETRYABLE_4XX.has(status)) {
    const retryAfterMs = parseRetryAfter(headers['retry-after'], headers['date']);
    const wait =
      retryAfterMs === undefined ? '' : ` It asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`;
    return new QuixError(
      'QUIX_PORTAL_UNAVAILABLE',
      `The Portal at ${host} is not available (${status}).${says}${wait}`,
      {
        ...common,
        retryable: true,
        retryAfterMs,
        hint: `Nothing is wrong with the token; try again later.${quote}`,
      },
    );
  }
  return new QuixError(
    'QUIX_BAD_RESPONSE',
    `${host} answered ${status} when asked for ${asked}.${says}`,
    {
      ...common,
      hint: `${URL_HINT}${quote}`,
    },
  );
}

/** A success whose body is not what was promised. */
export function toBodyError(
  answer: PortalAnswer,
  problem: string,
  context: AnswerContext,
): QuixError {
  const { status, text } = answer;
  const trimmed = text.trim();
  // JSON that begins well and does not end was cut off on its way: the next answer may be whole.
  const isCut = /^[[{]/.test(trimmed) && problem === NOT_JSON;
  let hint = URL_HINT;
  if (isHtml(text)) hint = `A proxy or a sign-in page answered instead of the API. ${URL_HINT}`;
  else if (isCut) hint = 'It was cut off on its way; try again.';
  return new QuixError(
    'QUIX_BAD_RESPONSE',
    `${context.host} answered ${status} when asked for ${context.asked}, but ${problem}.`,
    {
      status,
      retryable: isCut,
      hint,
    },
  );
}

/** The problem of a body that is not JSON, for {@link toBodyError}. */
export const NOT_JSON = 'the body is not JSON';
