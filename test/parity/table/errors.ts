import type { TableCase } from './table-case.ts';

const message = "Workspace 'unknown' was not found";

/** Cases of `QuixKafkaConfigsBuilder` in which a request fails. */
export const errors: readonly TableCase[] = [
  { title: 'no token', call: 'settings', token: 'none' },
  { title: 'unknown token', call: 'settings', token: 'unknown' },
  {
    title: 'error body that is a JSON object',
    call: 'settings',
    portal: { errorShape: 'object' },
    input: { workspaceId: 'unknown' },
    errorText: message,
  },
  {
    title: 'error body that is a JSON string',
    upstreamTests: ['test_response_handler_bad_request'],
    call: 'settings',
    portal: { errorShape: 'json-string' },
    input: { workspaceId: 'unknown' },
    errorText: message,
  },
  {
    title: 'error body that is plain text',
    upstreamTests: ['test_response_handler_bad_request_invalid_json'],
    call: 'settings',
    portal: { errorShape: 'text' },
    input: { workspaceId: 'unknown' },
    errorText: message,
  },
  {
    title: 'one response with status 503',
    call: 'settings',
    portal: {},
    faults: [{ status: 503 }],
    properties: ['sasl.username'],
    better: 'This package retries the request.',
  },
  {
    title: 'one response with status 429 and `Retry-After: 1`',
    call: 'settings',
    portal: {},
    faults: [{ status: 429, headers: { 'retry-after': '1' } }],
    properties: ['sasl.username'],
    better: 'This package retries the request.',
  },
  {
    title: 'one connection that the Portal closes without a response',
    call: 'settings',
    portal: {},
    faults: [{ transport: 'reset' }],
    properties: ['sasl.username'],
    better: 'This package retries the request.',
  },
  {
    title: 'no server at the Portal URL',
    call: 'settings',
    input: { portalApi: 'http://127.0.0.1:9', timeoutMs: 1_000 },
  },
  {
    title: 'redirect',
    call: 'settings',
    portal: {},
    faults: [{ status: 302, headers: { location: 'https://portal.example/login' } }],
  },
  {
    title: 'HTML page with status 200',
    call: 'settings',
    portal: {},
    faults: [{ status: 200, headers: { 'content-type': 'text/html' }, body: '<html></html>' }],
  },
];
