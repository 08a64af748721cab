import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request that a service received. */
export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface HttpService {
  readonly origin: string;
  readonly port: number;
  readonly requests: ServiceRequest[];
}

/** Answers a request. The default is status 204. */
type Answer = (request: ServiceRequest, response: ServerResponse) => void;

/** Starts an HTTP server on 127.0.0.1 that records its requests. The test closes it when it finishes. */
export async function startService(
  answer: Answer = (_, response) => void response.writeHead(204).end(),
): Promise<HttpService> {
  const requests: ServiceRequest[] = [];
  const server = createServer((incoming, response) => {
    void text(incoming).then(
      (body) => {
        const { method = '', url: path = '', headers } = incoming;
        const { authorization } = headers;
        const request = { method, path, authorization, headers, body };
        requests.push(request);
        answer(request, response);
      },
      () => undefined, // the client closed the connection
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, port, requests };
}

/** Starts a service that answers 401 unless `isAccepted` returns `true` for the token of a request. */
export const startProtectedService = (
  isAccepted: (token: string) => boolean,
): Promise<HttpService> =>
  startService(({ authorization = '' }, response) => {
    const status = isAccepted(authorization.replace('Bearer ', '')) ? 200 : 401;
    response.writeHead(status).end(`status ${status}`);
  });
