import { cleanId, cleanText } from '../token/index.ts';

/** Texts of an error response that messages may show. */
export interface ErrorBody {
  readonly message?: string | undefined;
  readonly correlationId?: string | undefined;
}

/**
 * Returns the message and the correlation id in the body of an error response. The Portal sends an
 * object with these properties, a JSON string, or plain text. HTML is ignored. Never throws.
 */
export function parseErrorBody(text: string, secrets: readonly string[]): ErrorBody {
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON, so it is plain text.
  }
  if (typeof body === 'string') {
    return body.trimStart().startsWith('<') ? {} : { message: cleanText(body, secrets) };
  }
  if (typeof body !== 'object' || body === null) return {};
  const read = (key: string, clean: typeof cleanText): string | undefined => {
    const value: unknown = Object.getOwnPropertyDescriptor(body, key)?.value;
    return typeof value === 'string' ? clean(value, secrets) : undefined;
  };
  return { message: read('message', cleanText), correlationId: read('correlationId', cleanId) };
}
