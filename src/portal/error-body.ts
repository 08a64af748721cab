import { cleanId, cleanText } from '../token/index.ts';

/** The parts of an error response that messages may show. */
export interface ErrorBody {
  readonly message?: string;
  readonly correlationId?: string;
}

/**
 * Reads the body of an error response: an object with `message` and `correlationId`, a JSON string,
 * or plain text. The Portal is known to send all three. HTML is ignored. Never throws.
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
  const given = readText('message');
  const id = readText('correlationId');
  const message = given === undefined ? undefined : cleanText(given, secrets);
  const correlationId = id === undefined ? undefined : cleanId(id, secrets);
  return {
    ...(message !== undefined && { message }),
    ...(correlationId !== undefined && { correlationId }),
  };
}
