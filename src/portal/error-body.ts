import { cleanId, cleanText } from '../token/index.ts';

/** Texts of an error response that messages may show. */
export interface ErrorBody {
  readonly message?: string;
  readonly correlationId?: string;
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
    const message = body.trimStart().startsWith('<') ? undefined : cleanText(body, secrets);
    return message === undefined ? {} : { message };
  }
  if (typeof body !== 'object' || body === null) return {};
  const readText = (key: string): string | undefined => {
    const value: unknown = Object.getOwnPropertyDescriptor(body, key)?.value;
    return typeof value === 'string' ? value : undefined;
  };
  const rawMessage = readText('message');
  const rawId = readText('correlationId');
  const message = rawMessage === undefined ? undefined : cleanText(rawMessage, secrets);
  const correlationId = rawId === undefined ? undefined : cleanId(rawId, secrets);
  return {
    ...(message !== undefined && { message }),
    ...(correlationId !== undefined && { correlationId }),
  };
}
