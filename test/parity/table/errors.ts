import type { Row } from './row.ts';

const message = "Workspace 'unknown' was not found";

/** Situations of `QuixPortalApiService` in which a request fails. */
export const errors: readonly Row[] = [
  {
    title: 'the token is missing',
    call: 'settings',
    token: 'none',
  },
  {
    title: 'the Portal does not know the token',
    call: 'settings',
    token: 'unknown',
  },
  {
    title: 'error body: JSON object',
    call: 'settings',
    portal: { errorShape: 'object' },
    input: { workspaceId: 'unknown' },
    mentions: message,
  },
  {
    title: 'error body: JSON string',
    upstream: 'test_response_handler_bad_request',
    call: 'settings',
    portal: { errorShape: 'json-string' },
    input: { workspaceId: 'unknown' },
    mentions: message,
  },
  {
    title: 'error body: text',
    upstream: 'test_response_handler_bad_request_invalid_json',
    call: 'settings',
    portal: { errorShape: 'text' },
    input: { workspaceId: 'unknown' },
    mentions: message,
  },
  {
    title: 'one response with status 503',
    call: 'settings',
    faults: [{ status: 503 }],
    properties: ['sasl.username'],
    difference: { verdict: 'better', reason: 'This package repeats the request.' },
  },
  {
    title: 'one response with status 429 and `Retry-After: 1`',
    call: 'settings',
    faults: [{ status: 429, headers: { 'retry-after': '1' } }],
    properties: ['sasl.username'],
    difference: { verdict: 'better', reason: 'This package repeats the request after one second.' },
  },
  {
    title: 'the Portal closes one connection without a response',
    call: 'settings',
    faults: [{ transport: 'reset' }],
    properties: ['sasl.username'],
    difference: {
      verdict: 'better',
      reason: 'The official client repeats a request only if it could not connect or timed out.',
    },
  },
  {
    title: 'nothing listens at the Portal URL',
    call: 'settings',
    input: { portalApi: 'http://127.0.0.1:9', timeoutMs: 1_000 },
  },
  {
    title: 'a redirect',
    call: 'settings',
    faults: [{ status: 302, headers: { location: 'https://portal.example/login' } }],
  },
  {
    title: 'an HTML page with status 200',
    call: 'settings',
    faults: [{ status: 200, headers: { 'content-type': 'text/html' }, body: '<html></html>' }],
  },
];
