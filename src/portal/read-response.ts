import { toBodyError, toHttpError, toNotJsonError, type RequestContext } from './http-error.ts';
import type { PortalRequest } from './portal-session.ts';
import { checkShape } from './schemas.ts';
import type { HttpResponse } from './transport.ts';

/**
 * Parses and checks the body of a response.
 *
 * @throws QuixError for a status that is not 2xx, and for a body that is not the expected JSON
 */
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
    throw toNotJsonError(response, context);
  }
  const checked = checkShape(schema, body);
  if ('problem' in checked) throw toBodyError(response, checked.problem, context);
  return clean ? clean(checked.value, context.secrets) : checked.value;
}
