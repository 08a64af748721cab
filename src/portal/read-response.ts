import * as v from 'valibot';
import { toBodyError, toHttpError, type RequestContext } from './http-error.ts';
import type { PortalRequest } from './portal-session.ts';
import type { HttpResponse } from './transport.ts';

/** Returns the checked body of a 2xx response. Throws a QuixError for a wrong body or status. */
export function readResponse<T>(
  response: HttpResponse,
  { schema, clean }: PortalRequest<T>,
  context: RequestContext,
): T {
  if (response.status < 200 || response.status >= 300) throw toHttpError(response, context);
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
  const checked = checkShape(schema, body);
  if ('problem' in checked) throw toBodyError(response, checked.problem, context);
  return clean ? clean(checked.value, context.secrets) : checked.value;
}

/**
 * Checks a body against a schema. Returns the value, or the problem in words. The problem names the
 * field and its expected type. valibot's own messages are not used, because they contain the value.
 */
export function checkShape<S extends v.GenericSchema>(
  schema: S,
  body: unknown,
): { value: v.InferOutput<S> } | { problem: string } {
  const result = v.safeParse(schema, body, { abortEarly: true });
  if (result.success) return { value: result.output };
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? undefined;
  const where = path === undefined ? 'the body' : `its field "${path}"`;
  if (path !== undefined && issue.input === undefined) return { problem: `${where} is missing` };
  const checks: Record<string, string> = { non_empty: 'non-empty text', regex: 'plain id' };
  const expected = issue.kind === 'schema' ? issue.type : (checks[issue.type] ?? 'usable text');
  return { problem: `${where} is not ${/^[aeiou]/.test(expected) ? 'an' : 'a'} ${expected}` };
}
