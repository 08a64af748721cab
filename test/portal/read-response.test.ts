import { beforeEach, describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { getBrokerSettings, getTopics, getWorkspaces } from '../../src/portal/index.ts';
import type { HttpResponse } from '../../src/portal/dispatch.ts';
import type { PortalRequest } from '../../src/portal/endpoints.ts';
import { readResponse } from '../../src/portal/read-response.ts';
import { Redactor } from '../../src/token/index.ts';
import { errorThrown } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { logWarnings } from '../support/warnings.ts';

const secret = randomSecret();
const log = logWarnings();
const context = {
  portal: new URL('https://portal.example'),
  redactor: new Redactor([secret]),
  warn: log.warn,
};
beforeEach(() => {
  log.all.length = 0;
});

interface ReadOptions {
  readonly status?: number;
  readonly headers?: HttpResponse['headers'];
  readonly request?: PortalRequest<unknown>;
}

const read = (
  text: string | undefined,
  { status = 200, headers = {}, request = getWorkspaces() }: ReadOptions = {},
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

  it('skips list entries with a wrong shape, and emits one warning for all of them', () => {
    const list = [{ workspaceId: 'a' }, null, { workspaceId: 'b' }, { workspaceId: 'c:d' }, {}];
    expect(read(JSON.stringify(list))).toEqual([{ workspaceId: 'a' }, { workspaceId: 'b' }]);
    expect(log.all).toMatchObject([{ code: 'PORTAL_ENTRY_SKIPPED', about: 'workspaces' }]);
    expect(log.all[0]?.message).toMatch(
      /^portal\.example .* the list of workspaces, but its field "1" is not an object\. Skipped 3 of 5 /,
    );
  });

  it('skips an entry with a secret, and does not show the secret in the warning', () => {
    const list = [{ workspaceId: `w-${secret}` }, { workspaceId: 'w', name: `of ${secret}` }];
    expect(read(JSON.stringify(list))).toEqual([{ workspaceId: 'w', name: null }]);
    expect(log.all[0]?.message).toContain('its field "0.workspaceId" contains a secret.');
    expectNoLeak(log.all, [secret]);
  });

  it('checks 5 000 topics, of which a third are unusable, in less than 3 s on a busy machine', () => {
    const redactor = new Redactor(Array.from({ length: 8 }, () => randomSecret()));
    const request = getTopics('w');
    const list = Array.from({ length: 5_000 }, (_, index) => ({
      id: `org-project-dev-topic-${index}`,
      name: index % 3 === 1 ? null : `topic-${index}`,
      status: 'Ready',
      lastError: 'The topic could not be created, because the disk of the broker is full.',
    }));
    const response = { status: 200, headers: {}, text: JSON.stringify(list) };
    const start = performance.now();
    const topics = readResponse(response, request, { ...context, redactor });
    expect(performance.now() - start).toBeLessThan(3_000);
    expect(topics).toHaveLength(3_333);
  });

  it('fails for a list without any usable entry, and accepts an empty list', () => {
    expect(failure('[null,{}]').summary).toContain('its field "0" is not an object');
    expect(read('[]')).toEqual([]);
    expect(log.all).toEqual([]);
  });

  it.each<[string, string | undefined, string]>([
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

  it.each([true, false])(
    'reports the problem of a body without text, with retryable: %s',
    (retryable) => {
      const description = `the body is ${secret}`;
      for (const [words, shown] of [
        ['the body is odd', 'the body is odd'],
        [description, 'the body is unusable'],
      ] as const) {
        const problem = { description: words, hint: 'Try it.', retryable };
        const response = { status: 200, headers: {}, text: undefined, problem };
        const error = errorThrown(() => readResponse(response, getWorkspaces(), context));
        expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', status: 200, retryable });
        expect(error.summary).toContain(`but ${shown}.`);
        expect(error.hint).toBe('Try it.');
        expectNoLeak(error, [secret]);
      }
    },
  );

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
