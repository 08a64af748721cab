import * as v from 'valibot';
import type { Warn } from '../warnings.ts';
import type { HttpResponse } from './dispatch.ts';
import type { PortalRequest } from './endpoints.ts';
import { toBodyError, toHttpError, type RequestContext } from './http-error.ts';

type ResponseContext = RequestContext & { readonly warn: Warn };

/** Returns the checked body of a 2xx response. Throws a QuixError for a wrong body or status. */
export function readResponse<T>(
  response: HttpResponse,
  request: PortalRequest<T>,
  portalContext: Pick<ResponseContext, 'portal' | 'redactor' | 'warn'>,
): T {
  const context: ResponseContext = { ...request, ...portalContext };
  if (response.status < 200 || response.status >= 300) throw toHttpError(response, context);
  const { problem } = response;
  if (problem) {
    const description = context.redactor.cleanText(problem.description) ?? 'the body is unusable';
    const { hint, retryable } = problem;
    throw toBodyError(response, description, context).copy({ hint, retryable });
  }
  // Also removes a byte order mark, which .NET servers may send.
  const text = (response.text ?? '').trim();
  if (text === '') throw toBodyError(response, 'the body is empty', context);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // The error of JSON.parse() is dropped, because its message quotes the body.
    const error = toBodyError(response, 'the body is not JSON', context);
    // A body that starts like JSON was cut off, so another attempt may succeed.
    if (!/^[[{]/.test(text)) throw error;
    throw error.copy({ retryable: true, hint: 'The response was cut off. Try again.' });
  }
  return checkBody(body, response, request, context);
}

/** Checks the shape of a body. Skips list entries with a wrong shape, and warns about them. */
function checkBody<T>(
  body: unknown,
  response: HttpResponse,
  { schema, list }: PortalRequest<T>,
  context: ResponseContext,
): T {
  const check = (value: unknown) =>
    v.safeParse(schema(context.redactor), value, { abortPipeEarly: true });
  const result = check(body);
  if (result.success) return result.output;
  const problem = describeIssue(result.issues[0]);
  if (list !== undefined && Array.isArray(body)) {
    const skipped = new Set(result.issues.map(({ path }) => path?.[0]?.key));
    const rest = check(body.filter((_, index) => !skipped.has(index)));
    if (rest.success && skipped.size < body.length) {
      const { portal, subject, warn } = context;
      const message = `${portal.host} answered the request for ${subject}, but ${problem}. Skipped ${skipped.size} of ${body.length} entries because of such problems. Check these entries in Quix.`;
      warn({ code: 'PORTAL_ENTRY_SKIPPED', about: list, message });
      return rest.output;
    }
  }
  throw toBodyError(response, problem, context);
}

/**
 * Describes a problem that valibot found: the name of the field, and its expected type. The messages
 * of valibot are not used, because they contain the value.
 */
export function describeIssue(issue: v.BaseIssue<unknown>, name?: string): string {
  const path = v.getDotPath(issue);
  const where = name ?? (path === null ? 'the body' : `its field "${path}"`);
  if (issue.type === 'check') return `${where} contains a secret`;
  if (path !== null && issue.input === undefined) return `${where} is missing`;
  // `type` is the expected type of a value, or the name of the check that a text failed.
  const texts: Record<string, string> = { non_empty: 'non-empty text', regex: 'plain id' };
  const expected =
    issue.kind === 'schema'
      ? issue.type.replace('loose_', '') // the type of `looseObject()`
      : (texts[issue.type] ?? 'usable text');
  return `${where} is not ${/^[aeiou]/.test(expected) ? 'an' : 'a'} ${expected}`;
}
