import * as v from 'valibot';
import { MAX_BODY_BYTES, type HttpResponse } from './dispatch.ts';
import type { PortalRequest } from './endpoints.ts';
import { toBodyError, toHttpError, type RequestContext } from './http-error.ts';

/** Returns the checked body of a 2xx response. Throws a QuixError for a wrong body or status. */
export function readResponse<T>(
  response: HttpResponse,
  request: PortalRequest<T>,
  portalContext: Pick<RequestContext, 'portal' | 'secrets'>,
): T {
  const context: RequestContext = { ...request, ...portalContext };
  if (response.status < 200 || response.status >= 300) throw toHttpError(response, context);
  if (response.text === undefined) {
    throw toBodyError(response, `the body is longer than ${MAX_BODY_BYTES} bytes`, context);
  }
  const text = response.text.trim(); // also removes a byte order mark, which .NET servers may send
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
  const result = v.safeParse(request.schema, body, { abortEarly: true });
  if (!result.success) throw toBodyError(response, describeIssue(result.issues[0]), context);
  return request.clean ? request.clean(result.output, context.secrets) : result.output;
}

/**
 * Describes a problem that valibot found. Names the field and its expected type. The messages of
 * valibot are not used, because they contain the value.
 */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const where = path === null ? 'the body' : `its field "${path}"`;
  if (path !== null && issue.input === undefined) return `${where} is missing`;
  // `type` is the expected type of a value, or the name of the check that a text failed.
  const texts: Record<string, string> = { non_empty: 'non-empty text', regex: 'plain id' };
  const expected = issue.kind === 'schema' ? issue.type : (texts[issue.type] ?? 'usable text');
  return `${where} is not ${/^[aeiou]/.test(expected) ? 'an' : 'a'} ${expected}`;
}
