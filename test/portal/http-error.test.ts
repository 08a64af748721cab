import { describe, expect, it } from 'vitest';
import {
  toBodyError,
  toHttpError,
  toRejectedError,
  type RequestContext,
} from '../../src/portal/http-error.ts';
import type { HttpResponse } from '../../src/portal/dispatch.ts';
import { Redactor, Token } from '../../src/token/index.ts';
import { jwt } from '../support/jwt.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const secret = randomSecret();
const listContext: RequestContext = {
  portal: new URL('https://portal.example:8443'),
  subject: 'the list of workspaces',
  redactor: new Redactor([secret]),
};
const workspaceContext: RequestContext = {
  ...listContext,
  subject: 'the broker settings of workspace org-dev',
  workspaceId: 'org-dev',
};
const topicContext: RequestContext = {
  ...workspaceContext,
  subject: 'the topic orders',
  topic: 'orders',
};
const html = '<!DOCTYPE html><title>Not found</title>';
const problem = (message: string): string => JSON.stringify({ message, correlationId: 'c-1' });

const convert = (
  status: number,
  text = '',
  headers: HttpResponse['headers'] = {},
  context = workspaceContext,
) => toHttpError({ status, text, headers }, context);

describe('toHttpError', () => {
  it.each<[number, string, boolean]>([
    [199, 'QUIX_BAD_RESPONSE', false],
    [300, 'QUIX_PORTAL_REDIRECT', false],
    [301, 'QUIX_PORTAL_REDIRECT', false],
    [302, 'QUIX_PORTAL_REDIRECT', false],
    [304, 'QUIX_PORTAL_REDIRECT', false],
    [307, 'QUIX_PORTAL_REDIRECT', false],
    [308, 'QUIX_PORTAL_REDIRECT', false],
    [400, 'QUIX_BAD_RESPONSE', false],
    [401, 'QUIX_TOKEN_REJECTED', false],
    [403, 'QUIX_FORBIDDEN', false],
    [404, 'QUIX_WORKSPACE_NOT_FOUND', false],
    [405, 'QUIX_BAD_RESPONSE', false],
    [407, 'QUIX_BAD_RESPONSE', false],
    [408, 'QUIX_PORTAL_UNAVAILABLE', true],
    [409, 'QUIX_BAD_RESPONSE', false],
    [415, 'QUIX_BAD_RESPONSE', false],
    [422, 'QUIX_BAD_RESPONSE', false],
    [425, 'QUIX_PORTAL_UNAVAILABLE', true],
    [429, 'QUIX_PORTAL_UNAVAILABLE', true],
    [500, 'QUIX_PORTAL_UNAVAILABLE', true],
    [501, 'QUIX_PORTAL_UNAVAILABLE', true],
    [502, 'QUIX_PORTAL_UNAVAILABLE', true],
    [503, 'QUIX_PORTAL_UNAVAILABLE', true],
    [504, 'QUIX_PORTAL_UNAVAILABLE', true],
    [520, 'QUIX_PORTAL_UNAVAILABLE', true],
    [529, 'QUIX_PORTAL_UNAVAILABLE', true],
  ])('turns status %i into %s', (status, code, retryable) => {
    const error = convert(status);
    expect(error).toMatchObject({ code, retryable, status });
    expect(error.message).toContain(String(status));
  });

  it.each([400, 401, 403, 404, 429, 500])(
    'quotes the message of a response with status %i and names its correlation id',
    (status) => {
      const error = convert(status, problem('It did\nnot work.'));
      expect(error.summary).toContain('"It did not work".');
      if (status !== 401) expect(error.hint).toContain('c-1'); // toRejectedError() adds the hint
      expect(error.correlationId).toBe('c-1');
    },
  );

  it.each([401, 403, 404, 500])('quotes nothing of a web page with status %i', (status) => {
    expect(convert(status, html).message).not.toMatch(/"|DOCTYPE|Not found/);
  });

  it.each([401, 403, 404, 503])(
    'mentions neither a message nor a correlation id if a response with status %i has none',
    (status) => {
      const error = convert(status);
      expect(error.message).not.toMatch(/"|correlation id|undefined/);
      expect(error).not.toHaveProperty('correlationId');
      expect(error.summary).toMatch(/\(\d{3}\)\.$/);
      expect(error.message).toMatch(/\.$/);
    },
  );

  it('names the workspace that is forbidden, or else the subject of the request', () => {
    expect(convert(403).summary).toContain('workspace org-dev (403)');
    expect(convert(403, '', {}, listContext).summary).toContain('the list of workspaces (403)');
    expect(convert(403).hint).toContain('streaming token');
  });

  it('names the Portal that rejected or did not serve a token', () => {
    for (const status of [401, 503])
      expect(convert(status).summary).toContain('portal.example:8443');
  });

  it('removes only the last dot of a quoted message', () => {
    expect(convert(401, problem('No v1.2 token.')).message).toContain('"No v1.2 token".');
  });

  it('names a topic that does not exist and its workspace', () => {
    const error = convert(404, problem('x'), {}, topicContext);
    expect(error).toMatchObject({ code: 'QUIX_TOPIC_NOT_FOUND', status: 404, retryable: false });
    expect(error.summary).toMatch(/topic orders .*workspace org-dev \(404\)\. .*"x"/);
    expect(error.hint).toMatch(/topic.*c-1/);
  });

  it('blames the topic only for a 404 that is not a web page', () => {
    expect(convert(404, html, {}, topicContext).code).toBe('QUIX_WORKSPACE_NOT_FOUND');
    expect(convert(400, '', {}, topicContext).code).toBe('QUIX_BAD_RESPONSE');
  });

  it('names a workspace that does not exist and the Portal', () => {
    const error = convert(404, problem('x'));
    expect(error.summary).toMatch(/workspace org-dev .*portal\.example:8443 \(404\)\. .*"x"/);
    expect(error.hint).toMatch(/workspace id.*Portal/);
    expect(error.hint).not.toContain('web page');
  });

  it('advises to check the Portal URL if a 404 is a web page', () => {
    expect(convert(404, html).hint).toMatch(/web page.*Portal URL.*portal-api\./);
    const error = convert(404, html, {}, listContext);
    expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', status: 404 });
    expect(error.hint).toMatch(/Portal URL.*portal-api\./);
  });

  it('names the subject of a request that the Portal did not understand', () => {
    expect(convert(400).summary).toContain(workspaceContext.subject);
  });

  it('states that the token is not the cause of an unavailable Portal', () => {
    expect(convert(503).hint).toMatch(/token is not the cause/);
  });

  it('returns Retry-After in milliseconds and names it in whole seconds', () => {
    const error = convert(429, '', { 'retry-after': '5' });
    expect(error.retryAfterMs).toBe(5_000);
    expect(error.summary).toContain(' 5 s.');
  });

  it('compares a date in Retry-After with the date of the response', () => {
    const error = convert(503, '', {
      'retry-after': 'Sun, 06 Nov 1994 08:50:07 GMT',
      date: 'Sun, 06 Nov 1994 08:49:37 GMT',
    });
    expect(error.retryAfterMs).toBe(30_000);
  });

  it('ignores a Retry-After that is not valid', () => {
    const error = convert(429, '', { 'retry-after': 'soon' });
    expect(error).not.toHaveProperty('retryAfterMs');
    expect(error.summary).toMatch(/\(429\)\.$/);
  });

  it('ignores Retry-After if a retry cannot help', () => {
    expect(convert(401, '', { 'retry-after': '5' })).not.toHaveProperty('retryAfterMs');
  });
});

describe('toHttpError for a redirect', () => {
  const targetOf = (location: string | string[] | undefined, context = workspaceContext): string =>
    / to (\S+|an unreadable address) \(302\)/.exec(
      convert(302, '', { location }, context).message,
    )?.[1] ?? '';

  it.each<[string | string[] | undefined, string]>([
    ['https://login.example/sign-in?next=/x#y', 'https://login.example'],
    ['https://user:pw@login.example:9000/', 'https://login.example:9000'],
    ['http://portal.example:8443/workspaces', 'http://portal.example:8443'],
    ['/elsewhere', 'https://portal.example:8443'],
    ['elsewhere', 'https://portal.example:8443'],
    ['//other.example/x', 'https://other.example'],
    ['https://', 'an unreadable address'],
    ['javascript:alert(1)', 'an unreadable address'],
    ['data:text/html,x', 'an unreadable address'],
    [['https://a.example', 'https://b.example'], 'an unreadable address'],
    [undefined, 'an unreadable address'],
  ])('names only the origin of the target %j: %s', (location, target) => {
    expect(targetOf(location)).toBe(target);
  });

  it('resolves a relative target against the scheme of a loopback Portal', () => {
    const context = { ...listContext, portal: new URL('http://127.0.0.1:80') };
    expect(targetOf('/x', context)).toBe('http://127.0.0.1');
  });

  it('explains why the redirect was not followed and what to change', () => {
    const error = convert(307, '', { location: 'https://login.example' });
    expect(error.summary).toMatch(/broker settings of workspace org-dev.*not followed.*token/);
    expect(error.hint).toContain('Portal URL');
  });
});

describe('an error of a response that echoes the token', () => {
  it.each([
    ['as it is', secret],
    ['in capitals', secret.toUpperCase()],
    ['in base64', Buffer.from(`x${secret}`).toString('base64')],
    ['URL-encoded', secret.replace('-', '%2d')],
  ])('does not contain a token that is echoed %s', (_, echo) => {
    for (const status of [302, 307, 400, 401, 403, 404, 409, 429, 500]) {
      for (const text of [echo, JSON.stringify(echo), problem(echo), `<p>${echo}</p>`]) {
        for (const context of [listContext, workspaceContext]) {
          const headers = {
            location: `https://${encodeURIComponent(echo)}.example/${echo}?${echo}`,
            'retry-after': echo,
            'www-authenticate': echo,
            [echo]: echo,
          };
          expectNoLeak(convert(status, text, headers, context), [secret]);
          const body = JSON.stringify({ message: 'x', correlationId: echo });
          expectNoLeak(convert(status, body, {}, context), [secret]);
        }
      }
    }
  });
});

describe('toBodyError', () => {
  const convertBody = (text: string, what: string) =>
    toBodyError({ status: 200, text, headers: {} }, what, listContext);

  it('names the host, the status, the subject and the problem, and quotes nothing of the body', () => {
    const error = convertBody(`{"x":"${secret}"}`, 'its field "y" is missing');
    expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', status: 200, retryable: false });
    expect(error.summary).toMatch(
      /^portal\.example:8443 .*the list of workspaces .*200.* its field "y" is missing\.$/,
    );
    expectNoLeak(error, [secret]);
  });

  it('suspects a proxy or a sign-in page if the body is a web page', () => {
    expect(convertBody(` ${html}`, 'the body is not JSON').hint).toMatch(
      /sign-in page.*Portal URL/,
    );
  });

  it('does not allow a retry of complete JSON of another shape', () => {
    expect(convertBody('[1]', 'its field "0" is not an object').retryable).toBe(false);
  });
});

describe('toRejectedError', () => {
  const streaming = (source: string): Token => new Token(randomSecret(), source);

  it('keeps the code, status and correlation id, and names each source once in order', () => {
    const tried = [streaming('MY_TOKEN'), streaming('MY_TOKEN'), streaming('fallbackToken')];
    const error = toRejectedError(convert(401, problem('x')), tried);
    expect(error).toMatchObject({
      code: 'QUIX_TOKEN_REJECTED',
      status: 401,
      retryable: false,
      correlationId: 'c-1',
    });
    expect(error.summary).toMatch(
      /portal\.example:8443.*\(401\)\. .*"x"\. .*MY_TOKEN, then .*fallbackToken\. .*Token 1.*Token 2/,
    );
    expect(error.hint).toMatch(/environment's settings.*restart.*rotateToken\(\).*c-1/);
    expectNoLeak(
      error,
      tried.map((token) => token.reveal()),
    );
  });

  it('does not mention a correlation id if there is none', () => {
    expect(toRejectedError(convert(401), [streaming('argument')]).hint).toMatch(/needed\.$/);
  });

  it('names the expiry of several tokens', () => {
    const expired = jwt({ exp: Date.parse('2020-01-02T03:04:05Z') / 1000 });
    const tried = ['MY_TOKEN', 'fallbackToken'].map((source) => new Token(expired, source));
    expect(toRejectedError(convert(401), tried).summary).toMatch(
      / MY_TOKEN expired at \S+Z\. .* fallbackToken expired at \S+Z\. /,
    );
  });

  it('names the expiry of each token that has expired, and of no other', () => {
    const error = toRejectedError(convert(401), [
      new Token(jwt({ exp: Date.parse('2020-01-02T03:04:05Z') / 1000 }), 'MY_TOKEN'),
      new Token(jwt({ exp: Date.now() / 1000 + 3_600 }), 'fallbackToken'),
    ]);
    expect(error.summary).toContain('MY_TOKEN expired at 2020-01-02T03:04:05.000Z.');
    expect(error.summary.match(/expired at/g)).toHaveLength(1);
  });
});
