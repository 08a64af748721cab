import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Identity } from '../support/certificates.ts';

interface HttpAnswer {
  readonly status?: number;
  /** An object is sent as JSON. */
  readonly body: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpServer {
  readonly url: string;
  /** Path with query, and headers, of each request. */
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
}

/** Starts an HTTP server. It is stopped when the test finishes. */
export async function serve(
  answer: (path: string) => HttpAnswer,
  identity?: Identity,
): Promise<HttpServer> {
  const requests: HttpServer['requests'] = [];
  const server = identity
    ? createHttpsServer({ cert: identity.certificate, key: identity.key })
    : createServer();
  server.on('request', ({ url: path = '', headers: received }, response) => {
    requests.push({ path, headers: received });
    const { status = 200, body, headers = {} } = answer(path);
    response.writeHead(status, headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${identity ? 'https' : 'http'}://127.0.0.1:${port}`, requests };
}

/** Starts a service with a health URL that returns this object as JSON. */
export async function serveHealth(health: () => object): Promise<string> {
  const { url } = await serve(() => ({ body: health() }));
  return `${url}/health`;
}
