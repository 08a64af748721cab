import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import type { Identity } from './certificates.ts';

/** A response of the emulator, or the response that a different Portal sends. */
export interface DifferentResponse {
  status: number;
  headers: Record<string, string>;
  /** Parsed JSON, text that is sent as it is, or bytes. */
  body: unknown;
  /** Closes the connection without a response. */
  isReset?: boolean;
}

/** A request as the change sees it. */
export interface ChangedRequest {
  /** Path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly hasVersion: boolean;
  readonly token: string | undefined;
}

/** Changes a response of the emulator in place. */
export type Change = (response: DifferentResponse, request: ChangedRequest) => void;

type Fields = Record<string, unknown>;

/** Returns the object in a body, or the first entry of an array. */
export const first = ({ body }: DifferentResponse): Fields => [body].flat()[0] as Fields;

export function setConfiguration(response: DifferentResponse, values: Fields): void {
  first(response)['configuration'] = { ...(first(response)['configuration'] as Fields), ...values };
}

export interface Difference {
  readonly title: string;
  /** End of the path of the changed responses. */
  readonly path: string;
  /** Status of the changed responses. Default: 200. */
  readonly status?: number;
  readonly change: Change;
  /** The additional lines below each check. */
  readonly findings: Readonly<Record<string, readonly string[]>>;
  /** Ids of the checks for which there is nothing to check because of the difference. */
  readonly skipped?: readonly string[];
  /** Whether docs/first-minutes.md shows it. Shown differences change different responses. */
  readonly isShown?: true;
}

function toBytes(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

const parse = (text: string): unknown => (text === '' ? '' : (JSON.parse(text) as unknown));

export interface DifferentPortal {
  readonly url: string;
  /** `METHOD path` of each request. */
  readonly requests: string[];
  /** The largest number of requests that were open at the same time. */
  readonly mostConcurrent: number;
  close(): Promise<void>;
}

/** Starts a server that forwards each request to the emulator and changes the response. */
export async function startDifferentPortal(
  portal: PortalEmulator,
  change: Change,
  identity?: Identity,
): Promise<DifferentPortal> {
  const requests: string[] = [];
  let open = 0;
  let mostConcurrent = 0;
  const listener: RequestListener = (incoming, outgoing) => {
    void (async () => {
      mostConcurrent = Math.max(mostConcurrent, ++open);
      const { method = '', url = '', headers } = incoming;
      requests.push(`${method} ${url}`);
      const { authorization } = headers;
      const sent = await fetch(portal.url + url, {
        method,
        headers: authorization === undefined ? {} : { authorization },
      });
      const response: DifferentResponse = {
        status: sent.status,
        headers: { 'content-type': sent.headers.get('content-type') ?? '' },
        body: parse(await sent.text()),
      };
      const { pathname: path, searchParams: query } = new URL(url, portal.url);
      const token = authorization?.replace('Bearer ', '');
      const request = { path, query, hasVersion: headers['x-version'] === '2.0', token };
      open--;
      change(response, request);
      if (response.isReset) incoming.socket.resetAndDestroy();
      else outgoing.writeHead(response.status, response.headers).end(toBytes(response.body));
    })();
  };
  const server = identity
    ? createHttpsServer({ cert: identity.certificate, key: identity.key }, listener)
    : createHttpServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${identity ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    get mostConcurrent() {
      return mostConcurrent;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Applies differences to the responses that they name. */
export const applyDifferences =
  (differences: readonly Difference[]): Change =>
  (response, request) => {
    for (const { path, status = 200, change } of differences) {
      if (request.path.endsWith(path) && response.status === status) change(response, request);
    }
  };
