import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { first, type Difference, type DifferentResponse } from './different-portal.ts';

const WORKSPACES = '/workspaces';
const SETTINGS = '/broker/librdkafka';
const TOPICS = '/topics';

function redirect(response: DifferentResponse): void {
  response.status = 307;
  response.headers['location'] = 'https://portal.example/sign-in?code=1';
}

/** Differences in statuses, headers, formats and connections, with the lines that `quix-auth verify` prints. */
export const HTTP_DIFFERENCES: readonly Difference[] = [
  {
    title: '403 instead of 200 and false',
    path: '/auth/permissions/query',
    change: (response, { query }) => {
      if (query.get('resourceId')?.startsWith('quix-auth-verify-')) response.status = 403;
    },
    findings: { 'denied-permission': ['✗ status 403, expected 200'] },
    isShown: true,
  },
  {
    title: '403 instead of 404',
    path: '',
    status: 404,
    change: (response, { path }) => {
      if (path.includes(`${TOPICS}/`)) response.status = 403;
    },
    findings: { 'unknown-topic': ['✗ status 403, expected 404'] },
  },
  {
    title: '400 for an unknown environment',
    path: SETTINGS,
    status: 404,
    change: (response) => (response.status = 400),
    findings: { 'unknown-workspace': ['✗ status 400, expected 403 or 404'] },
  },
  {
    title: 'another shape of errors',
    path: WORKSPACES,
    status: 401,
    change: (response) => (response.body = { title: 'Unauthorized', status: 401 }),
    findings: {
      'unknown-token': [
        '+ title is new (string)',
        '+ status is new (number)',
        '· optional and missing: message, correlationId',
      ],
    },
    isShown: true,
  },
  {
    title: 'a web page instead of JSON',
    path: '/workspaces/org-project-dev',
    change: (response) => {
      response.headers['content-type'] = 'text/html';
      response.body = '<html>Sign in</html>';
    },
    findings: { workspace: ['✗ the body is HTML, expected JSON'] },
    isShown: true,
  },
  {
    title: 'another content type',
    path: TOPICS,
    change: (response) => (response.headers['content-type'] = 'text/plain'),
    findings: { topics: ['✗ the content type is text/plain, expected application/json'] },
  },
  {
    title: 'a redirect of a request that the client does not send',
    path: '/auth/token/details',
    change: redirect,
    findings: { 'token-details': ['+ status 307, expected 200, redirect to another origin'] },
    isShown: true,
  },
  {
    title: 'a redirect of a request that the client sends',
    path: '/topics/f1-data',
    change: redirect,
    findings: {
      topic: ['✗ status 307, expected 200, redirect to another origin'],
      redirects: ['✗ redirect to another origin in 1 of 6 responses'],
    },
  },
  {
    title: 'a web page for an unknown topic',
    path: '',
    status: 404,
    change: (response, { path }) => {
      if (path.includes(`${TOPICS}/`)) response.body = '<html>Not found</html>';
    },
    findings: { 'unknown-topic': ['✗ the body is HTML, expected JSON'] },
  },
  {
    title: 'gzip',
    path: TOPICS,
    change: (response) => {
      response.headers['content-encoding'] = 'gzip';
      response.body = gzipSync(JSON.stringify(response.body));
    },
    findings: { compression: ['✗ gzip in 1 of 6 responses'] },
  },
  {
    title: 'an additional header',
    path: WORKSPACES,
    change: (response) => (response.headers['x-ratelimit-remaining'] = '99'),
    findings: { headers: ['+ the header x-ratelimit-remaining is new'] },
    isShown: true,
  },
  {
    title: 'Retry-After',
    path: WORKSPACES,
    change: (response) => (response.headers['retry-after'] = '5'),
    findings: { 'retry-after': ['+ Retry-After is sent with status 200'] },
  },
  {
    title: 'an unusable Retry-After',
    path: WORKSPACES,
    change: (response) => (response.headers['retry-after'] = 'soon'),
    findings: { 'retry-after': ['✗ Retry-After is neither seconds nor an HTTP date'] },
  },
  {
    title: 'another response without X-Version',
    path: WORKSPACES,
    change: (response, { hasVersion }) => {
      if (!hasVersion) delete first(response)['branch'];
    },
    findings: { 'x-version': ['+ [].branch is missing'] },
    isShown: true,
  },
  {
    title: 'a connection that is closed without a response',
    path: '/auth/token/details',
    change: (response) => (response.isReset = true),
    findings: { 'token-details': ['+ no response (ECONNRESET)'] },
  },
  {
    title: 'an unavailable endpoint',
    path: TOPICS,
    change: (response) => (response.status = 503),
    findings: { topics: ['✗ status 503, expected 200'] },
  },
  {
    title: 'a status that refuses HTTP/1.1',
    path: '/auth/token/details',
    change: (response) => (response.status = 505),
    findings: {
      'token-details': ['+ status 505, expected 200'],
      'http-version': ['✗ status 505 refuses HTTP/1.1'],
    },
  },
  {
    title: '200 without a token',
    path: WORKSPACES,
    status: 401,
    change: (response, { token }) => {
      if (token === undefined) response.status = 200;
    },
    findings: { 'no-token': ['+ status 200, expected 401'] },
  },
  {
    title: '401 without a body',
    path: WORKSPACES,
    status: 401,
    change: (response) => (response.body = ''),
    findings: { 'unknown-token': ['✗ the body is empty, expected JSON'] },
  },
  {
    title: '500 for the topics of an unknown environment',
    path: TOPICS,
    status: 404,
    change: (response) => (response.status = 500),
    findings: { 'topics-of-unknown': ['✗ status 500, expected 403 or 404'] },
  },
  {
    title: 'a web page with and without X-Version',
    path: WORKSPACES,
    change: (response) => (response.body = '<html>Sign in</html>'),
    findings: {
      workspaces: ['✗ the body is HTML, expected JSON'],
      'x-version': ['+ the body is HTML, expected JSON'],
      'token-2-workspace': ['✗ the body is HTML, expected JSON'],
    },
    skipped: ['one-environment'],
  },
  {
    title: 'two encodings, of which one is unknown',
    path: TOPICS,
    change: (response) => (response.headers['content-encoding'] = 'gzip, zebra'),
    findings: {
      topics: ['✗ the body cannot be decoded'],
      compression: ['✗ gzip and another encoding in 1 of 5 responses'],
    },
    skipped: ['topic', 'topic-id'],
  },
  {
    title: 'broker settings that change with each request',
    path: SETTINGS,
    change: (response) => (first(response)['client.id'] = randomUUID()),
    findings: {
      'broker-settings': ['· optional and missing: sasl.mechanisms, ssl.ca.cert, ssl.ca.pem'],
    },
    skipped: ['token-2-settings'],
  },
];
