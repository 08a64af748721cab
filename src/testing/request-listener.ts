import { Buffer } from 'node:buffer';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { HttpHandler } from 'msw';
import { errorAnswer } from './answers.ts';
import { getResponse } from './msw.ts';

/** Serves msw handlers over `node:http`. */
export function requestListener(handlers: HttpHandler[], baseUrl: string): RequestListener {
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const abandoned = new AbortController();
    outgoing.once('close', () => {
      abandoned.abort();
    });
    let response: Response | undefined;
    try {
      const request = await toRequest(incoming, baseUrl, abandoned.signal);
      response = await getResponse(handlers, request);
    } catch (error) {
      if (!abandoned.signal.aborted)
        // A client's malformed request, or a fault that cannot be: the test's author reads this.
        response = errorAnswer(500, `The Portal emulator failed: ${String(error)}`, 'object');
    }
    await send(response ?? Response.error(), outgoing);
  };
  return (incoming, outgoing) => {
    // A client that hangs up in the middle of an answer.
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  };
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
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = method === 'GET' || method === 'HEAD' ? null : Buffer.concat(chunks);
  return new Request(baseUrl + url, { method, headers, body, signal });
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  if (response.type === 'error') {
    outgoing.socket?.resetAndDestroy();
    return;
  }
  outgoing.statusCode = response.status;
  outgoing.setHeaders(response.headers);
  for await (const chunk of response.body ?? []) {
    // Each chunk is on its way before the next is read: that may be the one that fails.
    await new Promise<void>((resolve, reject) => {
      outgoing.write(chunk, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
  outgoing.end();
}
