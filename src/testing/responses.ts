import { randomUUID } from 'node:crypto';

/**
 * Shape of an error body. The Portal uses all three, according to public sources.
 *
 * - `object`: JSON, `{ "message": "…", "correlationId": "…" }`.
 * - `json-string`: JSON, a string with the message.
 * - `text`: the message as plain text.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalErrorShape } from 'quix-streams-auth/testing';
 *
 * const shapes: PortalErrorShape[] = ['object', 'json-string', 'text'];
 * for (const errorShape of shapes) {
 *   await using portal = await startPortalEmulator({ errorShape });
 *   const response = await fetch(`${portal.url}/workspaces`); // 401, no token
 *   console.log(errorShape, await response.text());
 * }
 * ```
 */
export type PortalErrorShape = 'object' | 'json-string' | 'text';

/** An error that the emulator sends to the client as an error response. */
export class EndpointError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Creates a JSON response. */
export function jsonResponse(body: unknown, status = 200): Response {
  return textResponse(JSON.stringify(body), status, 'application/json; charset=utf-8');
}

/** Creates an error response in the given shape. */
export function errorResponse(status: number, message: string, shape: PortalErrorShape): Response {
  switch (shape) {
    case 'object':
      return jsonResponse({ message, correlationId: randomUUID() }, status);
    case 'json-string':
      return jsonResponse(message, status);
    case 'text':
      return textResponse(message, status, 'text/plain; charset=utf-8');
  }
}

function textResponse(text: string, status: number, contentType: string): Response {
  return new Response(text, {
    status,
    headers: { 'content-type': contentType, 'content-length': String(Buffer.byteLength(text)) },
  });
}
