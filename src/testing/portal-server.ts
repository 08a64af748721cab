import { Buffer } from 'node:buffer';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { answerPortalRequest, MAX_BODY_BYTES } from './answer-portal-request.ts';
import type { PortalState } from './portal-state.ts';
import { errorResponse } from './responses.ts';

/** Creates the listener that serves the state of an emulated Portal over `node:http`. */
export function createRequestListener(state: PortalState, baseUrl: string): RequestListener {
  return (incoming, outgoing) => {
    serve(state, baseUrl, incoming, outgoing).catch(() => {
      // The body of a `truncate` fault, or a client that closed the connection during the response.
      outgoing.destroy();
    });
  };
}

async function serve(
  state: PortalState,
  baseUrl: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const closed = new AbortController();
  outgoing.once('close', () => {
    closed.abort();
  });
  let response: Response;
  try {
    const request = await toRequest(incoming, baseUrl, closed.signal);
    response = await answerPortalRequest(state, request);
  } catch (error) {
    if (closed.signal.aborted) return;
    // A malformed request, or a fault that cannot be sent. The message is for the test's author.
    response = errorResponse(500, `The Portal emulator failed: ${String(error)}`, 'object');
  }
  await send(response, outgoing);
}

async function toRequest(
  incoming: IncomingMessage,
  baseUrl: string,
  signal: AbortSignal,
): Promise<Request> {
  const { method = 'GET', url = '/', rawHeaders } = incoming;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2)
    headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '');
  const bytes = await readBody(incoming);
  const body = method === 'GET' || method === 'HEAD' ? null : bytes;
  return new Request(baseUrl + url, { method, headers, body, signal });
}

/**
 * Reads the body of a request. A body above the limit is returned incomplete, but long enough to be
 * recognized as too large. The rest is discarded as it arrives, so that the client can finish
 * sending, read the response and use the connection again.
 */
function readBody(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
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

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  if (response.type === 'error') {
    outgoing.socket?.resetAndDestroy();
    return;
  }
  outgoing.statusCode = response.status;
  outgoing.setHeaders(response.headers);
  for await (const chunk of response.body ?? []) {
    // Flush each chunk before reading the next one, because a `truncate` fault fails there.
    await new Promise<void>((resolve, reject) => {
      outgoing.write(chunk, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
  outgoing.end();
}
