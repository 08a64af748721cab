import { randomUUID } from 'node:crypto';

/** The three shapes in which the Portal is known to tell of an error. */
export type PortalErrorShape = 'object' | 'json-string' | 'text';

/** Thrown by an endpoint, answered by whoever called it. */
export class PortalProblem extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A JSON answer. */
export function jsonAnswer(body: unknown, status = 200): Response {
  return textAnswer(JSON.stringify(body), status, 'application/json; charset=utf-8');
}

/** An error answer, by default `{ message, correlationId }`. */
export function errorAnswer(status: number, message: string, shape: PortalErrorShape): Response {
  switch (shape) {
    case 'object':
      return jsonAnswer({ message, correlationId: randomUUID() }, status);
    case 'json-string':
      return jsonAnswer(message, status);
    case 'text':
      return textAnswer(message, status, 'text/plain; charset=utf-8');
  }
}

function textAnswer(text: string, status: number, contentType: string): Response {
  return new Response(text, {
    status,
    headers: { 'content-type': contentType, 'content-length': String(Buffer.byteLength(text)) },
  });
}
