import { describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { getBrokerSettings, getWorkspaces } from '../../src/portal/index.ts';
import type { PortalRequest } from '../../src/portal/endpoints.ts';
import { readResponse } from '../../src/portal/read-response.ts';
import { errorThrown } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const secret = randomSecret();
const context = { portal: new URL('https://portal.example'), secrets: [secret] };

const read = (
  text: string | undefined,
  { status = 200, headers = {}, request = getWorkspaces() as PortalRequest<unknown> } = {},
): unknown => readResponse({ status, headers, text }, request, context);
const failure = (...args: Parameters<typeof read>) => errorThrown(() => read(...args));

describe('readResponse', () => {
  it.each([200, 201, 203, 299])('returns the body of a response with status %i', (status) => {
    expect(read('[{"workspaceId":"w"}]', { status })).toEqual([{ workspaceId: 'w' }]);
  });

  it.each(['application/json', 'text/plain', 'text/html', 'application/octet-stream'])(
    'ignores the content type %s',
    (type) => {
      expect(read('[]', { headers: { 'content-type': type } })).toEqual([]);
    },
  );

  it.each([199, 300, 401])('fails for status %i even if the body is valid', (status) => {
    expect(failure('[]', { status })).toMatchObject({ status });
  });

  it('accepts white space and a byte order mark around the JSON', () => {
    expect(read('\uFEFF\r\n [{"workspaceId":"w"}] \n')).toEqual([{ workspaceId: 'w' }]);
  });

  it('removes secrets from the body if the request says how', () => {
    const body = JSON.stringify([{ workspaceId: 'w', name: secret }, { workspaceId: secret }]);
    expect(read(body)).toEqual([{ workspaceId: 'w', name: undefined }]);
    const { path, schema, subject } = getWorkspaces();
    expect(read(body, { request: { path, schema, subject } })).toHaveLength(2);
  });

  it.each<[string, string | undefined, string]>([
    ['a body that is too long', undefined, 'the body is longer than 1048576 bytes'],
    ['an empty body', '', 'the body is empty'],
    ['white space', ' \r\n', 'the body is empty'],
    ['null', 'null', 'the body is not an array'],
    ['an object', '{}', 'the body is not an array'],
    ['a text', '"x"', 'the body is not an array'],
    ['a number', '42', 'the body is not an array'],
    ['a list of texts', '["x"]', 'its field "0" is not an object'],
    ['another type', '[{"workspaceId":5}]', 'its field "0.workspaceId" is not a string'],
    ['plain text', 'OK', 'the body is not JSON'],
    ['a login page', '<html><form>Sign in</form>', 'the body is not JSON'],
    ['compressed data', gzipSync('[]').toString('utf8'), 'the body is not JSON'],
    [
      'deep nesting',
      '['.repeat(100_000) + ']'.repeat(100_000),
      'its field "0.workspaceId" is missing',
    ],
  ])('fails with QUIX_BAD_RESPONSE for %s, and allows no retry', (_, text, problem) => {
    const error = failure(text);
    expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', status: 200, retryable: false });
    expect(error.summary).toContain(problem);
    expect(error.summary).not.toContain('Sign in');
  });

  it('names the field that is wrong, and never its value', () => {
    const password = randomSecret('pw-');
    const body = JSON.stringify({
      'bootstrap.servers': 'b:9093',
      'security.protocol': 'SASL_SSL',
      'sasl.username': [password],
    });
    const request = getBrokerSettings('w') as PortalRequest<unknown>;
    const error = failure(body, { request });
    expect(error.summary).toContain('its field "sasl.username" is not a string');
    expectNoLeak(error, [password]);
  });

  it.each(['{"a":', '[', '{', ' [1,2', '{"a":"b'])(
    'allows a retry of the body %j, which was cut off',
    (text) => {
      const error = failure(text);
      expect(error.retryable).toBe(true);
      expect(error.hint).toContain('cut off');
    },
  );

  it.each(['nonsense', '"a', 'x {', '\u001f\u008b\u0008'])(
    'does not allow a retry of the body %j',
    (text) => {
      const error = failure(text);
      expect(error.retryable).toBe(false);
      expect(error.hint).toMatch(/Portal URL.*portal-api\./);
      expect(error.hint).not.toMatch(/cut off|sign-in/);
    },
  );

  it('does not quote a body that is not JSON', () => {
    const error = failure(`[${secret}`);
    expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', retryable: true });
    expectNoLeak(error, [secret]);
  });
});
