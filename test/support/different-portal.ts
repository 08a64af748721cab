import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import type { Identity } from './certificates.ts';

/** An answer of the emulator, or the answer that a different Portal sends in its place. */
export interface DifferentAnswer {
  status: number;
  headers: Record<string, string>;
  /** Parsed JSON, a text that is sent as it is, or bytes. */
  body: unknown;
}

/** A request as the change sees it. */
export interface ChangedRequest {
  /** Path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly hasVersion: boolean;
  readonly token: string | undefined;
}

/** Changes an answer of the emulator in place. Returns `reset` to close the connection. */
export type Change = (answer: DifferentAnswer, request: ChangedRequest) => unknown;

type Fields = Record<string, unknown>;

/** Returns the object in a body, or the first entry of a list. */
const first = ({ body }: DifferentAnswer): Fields => [body].flat()[0] as Fields;

export interface Difference {
  readonly title: string;
  /** End of the path of the changed answers. */
  readonly path: string;
  /** Status of the changed answers. Default: 200. */
  readonly status?: number;
  readonly change: Change;
  /** Id of the check, and the finding that it prints. */
  readonly check: string;
  readonly line: string;
  /** Whether docs/first-minutes.md shows it. Shown differences change different answers. */
  readonly isShown?: true;
}

const WORKSPACES = '/workspaces';
const SETTINGS = '/broker/librdkafka';
const TOPICS = '/topics';

/** Differences that `quix-auth verify` reports, with the exact line for each of them. */
export const DIFFERENCES: readonly Difference[] = [
  {
    title: 'a renamed field',
    path: TOPICS,
    change: (answer) => {
      const { name, ...others } = first(answer);
      answer.body = [{ ...others, topicName: name }];
    },
    check: 'topics',
    line: '✗ [].name is missing',
    isShown: true,
  },
  {
    title: 'an additional field',
    path: TOPICS,
    change: (answer) => (first(answer)['region'] = 'eu'),
    check: 'topics',
    line: '+ [].region is new (text)',
  },
  {
    title: 'a number in place of a text',
    path: WORKSPACES,
    change: (answer) => (first(answer)['status'] = 4),
    check: 'workspaces',
    line: '✗ [].status is a number in place of text',
    isShown: true,
  },
  {
    title: 'a text in place of a number',
    path: TOPICS,
    change: (answer) => (first(answer)['configuration'] = { partitions: '1' }),
    check: 'topics',
    line: '✗ [].configuration.partitions is text in place of a number',
  },
  {
    title: 'null for a required field',
    path: SETTINGS,
    change: (answer) => (first(answer)['security.protocol'] = null),
    check: 'broker-settings',
    line: '✗ security.protocol is null in place of text',
  },
  {
    title: 'an object in place of a list',
    path: WORKSPACES,
    change: (answer) => (answer.body = { items: answer.body }),
    check: 'workspaces',
    line: '✗ the body is an object in place of a list',
  },
  {
    title: 'another type of a field that the code does not read',
    path: WORKSPACES,
    change: (answer) => (first(answer)['version'] = '2'),
    check: 'workspaces',
    line: '✗ [].version is text in place of a number',
  },
  {
    title: 'an optional field that is missing',
    path: '/topics/f1-data',
    change: (answer) => delete first(answer)['persisted'],
    check: 'topic',
    line: '· optional and missing: persisted, errorStatus, lastError',
  },
  {
    title: 'an unknown status',
    path: '/topics/f1-data',
    change: (answer) => (first(answer)['status'] = 'Paused'),
    check: 'topic',
    line: '+ status is a topic status that no source names',
  },
  {
    title: 'an id that the library does not accept',
    path: '/topics/f1-data',
    change: (answer) => (first(answer)['id'] = 'a topic'),
    check: 'topic',
    line: '✗ its field "id" is not a plain id',
  },
  {
    title: 'an unknown protocol',
    path: SETTINGS,
    change: (answer) => (first(answer)['security.protocol'] = 'QUIC'),
    check: 'broker-settings',
    line: '✗ security.protocol is not a usable protocol',
  },
  {
    title: 'a certificate that is not base64',
    path: SETTINGS,
    change: (answer) => (first(answer)['ssl.ca.cert'] = '(see the wiki)'),
    check: 'broker-settings',
    line: '✗ ssl.ca.cert is not a usable certificate',
    isShown: true,
  },
  {
    title: '403 in place of 200 and false',
    path: '/auth/permissions/query',
    change: (answer, { query }) => {
      if (query.get('resourceId')?.startsWith('quix-auth-verify-')) answer.status = 403;
    },
    check: 'denied-permission',
    line: '✗ status 403 in place of 200',
    isShown: true,
  },
  {
    title: 'false in place of true',
    path: '/auth/permissions/query',
    change: (answer) => (answer.body = false),
    check: 'permission',
    line: '✗ the body is false in place of true',
  },
  {
    title: '403 in place of 404',
    path: '',
    status: 404,
    change: (answer, { path }) => {
      if (path.includes(`${TOPICS}/`)) answer.status = 403;
    },
    check: 'unknown-topic',
    line: '✗ status 403 in place of 404',
  },
  {
    title: '400 for an unknown environment',
    path: SETTINGS,
    status: 404,
    change: (answer) => (answer.status = 400),
    check: 'unknown-workspace',
    line: '✗ status 400 in place of 403 or 404',
  },
  {
    title: 'another shape of errors',
    path: WORKSPACES,
    status: 401,
    change: (answer) => (answer.body = { title: 'Unauthorized', status: 401 }),
    check: 'unknown-token',
    line: '+ status is new (number)',
    isShown: true,
  },
  {
    title: 'a web page in place of JSON',
    path: '/workspaces/org-project-dev',
    change: (answer) => {
      answer.headers['content-type'] = 'text/html';
      answer.body = '<html>Sign in</html>';
    },
    check: 'workspace',
    line: '✗ the body is HTML in place of JSON',
    isShown: true,
  },
  {
    title: 'another content type',
    path: TOPICS,
    change: (answer) => (answer.headers['content-type'] = 'text/plain'),
    check: 'topics',
    line: '✗ the content type is text/plain in place of application/json',
  },
  {
    title: 'a redirect',
    path: '/auth/token/details',
    change: (answer) => {
      answer.status = 307;
      answer.headers['location'] = 'https://portal.example/sign-in?code=1';
    },
    check: 'redirects',
    line: '✗ redirect to another origin in 1 of 16 answers',
    isShown: true,
  },
  {
    title: 'gzip',
    path: TOPICS,
    change: (answer) => {
      answer.headers['content-encoding'] = 'gzip';
      answer.body = gzipSync(JSON.stringify(answer.body));
    },
    check: 'compression',
    line: '✗ gzip in 1 of 16 answers',
  },
  {
    title: 'an additional header',
    path: WORKSPACES,
    change: (answer) => (answer.headers['x-ratelimit-remaining'] = '99'),
    check: 'headers',
    line: '+ the header x-ratelimit-remaining is new',
    isShown: true,
  },
  {
    title: 'Retry-After',
    path: WORKSPACES,
    change: (answer) => (answer.headers['retry-after'] = '5'),
    check: 'retry-after',
    line: '+ Retry-After is sent with status 200',
  },
  {
    title: 'an unusable Retry-After',
    path: WORKSPACES,
    change: (answer) => (answer.headers['retry-after'] = 'soon'),
    check: 'retry-after',
    line: '✗ Retry-After is neither seconds nor an HTTP date',
  },
  {
    title: 'another answer without X-Version',
    path: WORKSPACES,
    change: (answer, { hasVersion }) => {
      if (!hasVersion) delete first(answer)['branch'];
    },
    check: 'x-version',
    line: '✗ [].branch is missing',
    isShown: true,
  },
  {
    title: 'fields of the token',
    path: '/auth/token/details',
    change: (answer) => (answer.body = { label: 'Token 1', scopes: ['read'] }),
    check: 'token-details',
    line: '+ scopes is new (list)',
  },
  {
    title: 'a connection that is closed without an answer',
    path: '/auth/token/details',
    change: () => 'reset',
    check: 'token-details',
    line: '✗ no answer (ECONNRESET)',
  },
  {
    title: 'an unavailable endpoint',
    path: TOPICS,
    change: (answer) => (answer.status = 503),
    check: 'topics',
    line: '✗ status 503 in place of 200',
  },
];

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

/** Starts a server that forwards each request to the emulator and changes the answer. */
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
      const answer: DifferentAnswer = {
        status: sent.status,
        headers: { 'content-type': sent.headers.get('content-type') ?? '' },
        body: parse(await sent.text()),
      };
      const { pathname: path, searchParams: query } = new URL(url, portal.url);
      const token = authorization?.replace('Bearer ', '');
      const request = { path, query, hasVersion: headers['x-version'] === '2.0', token };
      open--;
      if (change(answer, request) === 'reset') incoming.socket.resetAndDestroy();
      else outgoing.writeHead(answer.status, answer.headers).end(toBytes(answer.body));
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

/** Applies differences to the answers that they name. */
export const applyDifferences =
  (differences: readonly Difference[]): Change =>
  (answer, request) =>
    differences
      .filter(({ path, status = 200 }) => request.path.endsWith(path) && answer.status === status)
      .map(({ change }) => change(answer, request))
      .find((result) => result === 'reset');
