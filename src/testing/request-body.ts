import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { EndpointError } from './responses.ts';

/** Largest accepted request body in bytes. A larger one is answered with 413. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Receives the body of a request from a socket. If the body is above the limit, returns only its
 * first part, which is also above the limit, so that {@link readBody} rejects it. The rest is
 * discarded as it arrives, so that the client can finish sending, read the response and use the
 * connection again.
 */
export function receiveBody(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    const finish = (): void => {
      resolve(new Uint8Array(Buffer.concat(chunks)));
      chunks = [];
    };
    incoming.on('data', (chunk: Buffer) => {
      if (size > MAX_BODY_BYTES) return;
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_BODY_BYTES) finish();
    });
    incoming.once('end', finish);
    incoming.once('error', reject);
  });
}

/**
 * Returns the body of a request.
 *
 * @throws EndpointError 413 for a body above the limit
 */
export async function readBody(request: Request): Promise<Uint8Array> {
  const body = new Uint8Array(await request.arrayBuffer());
  if (body.byteLength > MAX_BODY_BYTES)
    throw new EndpointError(413, `The request body is larger than ${MAX_BODY_BYTES} bytes.`);
  return body;
}
