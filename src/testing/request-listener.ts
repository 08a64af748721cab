import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { answerPortalRequest, type PortalResult } from './answer-portal-request.ts';
import type { PortalState } from './portal-state.ts';
import { receiveBody } from './request-body.ts';
import { errorResponse } from './responses.ts';

/** Creates the listener that serves the state of an emulated Portal over `node:http`. */
export function createRequestListener(state: PortalState, baseUrl: string): RequestListener {
  return (incoming, outgoing) => {
    serve(state, baseUrl, incoming, outgoing).catch(() => {
      // The body of a `truncate` fault failed, or the client closed the connection.
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
  let result: PortalResult;
  try {
    const request = await toRequest(incoming, baseUrl, closed.signal);
    result = await answerPortalRequest(state, request);
  } catch (error) {
    if (closed.signal.aborted) return;
    // The request is malformed, or a fault is not valid. The message helps the test's author.
    result = errorResponse(500, `The Portal emulator failed: ${String(error)}`, 'object');
  }
  if (result === 'reset') outgoing.socket?.resetAndDestroy();
  else await send(result, outgoing);
}

async function toRequest(
  incoming: IncomingMessage,
  baseUrl: string,
  signal: AbortSignal,
): Promise<Request> {
  const { method = 'GET', url = '/', rawHeaders } = incoming;
  const headers = new Headers();
  // Unlike `incoming.headers`, `rawHeaders` has every value of a repeated header.
  for (let i = 0; i < rawHeaders.length; i += 2)
    headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '');
  const bytes = await receiveBody(incoming);
  const body = method === 'GET' || method === 'HEAD' ? null : bytes;
  return new Request(baseUrl + url, { method, headers, body, signal });
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = response.status;
  outgoing.setHeaders(response.headers);
  for await (const chunk of response.body ?? []) {
    // Each chunk is flushed before the next one is read. With a `truncate` fault, reading the next
    // chunk fails, and the first one must have been sent by then.
    await new Promise<void>((resolve, reject) => {
      outgoing.write(chunk, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
  outgoing.end();
}
