import { describe, expect, it } from 'vitest';
import {
  type AnswerContext,
  NOT_JSON,
  toAnswerError,
  toBodyError,
} from '../../src/portal/answer-error.ts';
import type { PortalAnswer } from '../../src/portal/transport.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const secret = randomSecret();
const aboutList: AnswerContext = {
  host: 'portal.example:8443',
  origin: 'https://portal.example:8443',
  asked: 'the list of workspaces',
  secrets: [secret],
};
const aboutWorkspace: AnswerContext = {
  ...aboutList,
  asked: 'the broker settings of workspace org-dev',
  workspaceId: 'org-dev',
};
const html = '<!DOCTYPE html><title>Not found</title>';
const problem = (message: string): string => JSON.stringify({ message, correlationId: 'c-1' });

function answerOf(status: number, text = '', headers: PortalAnswer['headers'] = {}): PortalAnswer {
  return { status, text, headers };
}

const convert = (
  status: number,
  text?: string,
  headers?: PortalAnswer['headers'],
  context = aboutWorkspace,
) => toAnswerError(answerOf(status, text, headers), context);

describe('toAnswerError', () => {
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
  ])('makes of %i a %s', (status, code, retryable) => {
    expect(convert(status)).toMatchObject({ code, retryable, status });
    expect(convert(status).message).toContain(String(status));
  });

  it.each([400, 401, 403, 404, 429, 500])(
    'says what a %i says, and which correlation id to quote',
    (status) => {
      const error = convert(status, problem('It did\nnot work.'));
      expect(error.message).toContain('It says: "It did not work".');
      expect(error.hint).toContain('Quote the correlation id c-1 to Quix.');
      expect(error.correlationId).toBe('c-1');
      expect(error.message.endsWith(error.hint ?? '?')).toBe(true);
    },
  );

  it.each([401, 403, 404, 500])('says nothing of the web page that comes with a %i', (status) => {
    expect(convert(status, html).message).not.toMatch(/It says|DOCTYPE|Not found/);
  });

  it('names the host of a rejected token', () => {
    expect(convert(401).message).toContain('The Portal at portal.example:8443 rejected the token');
  });

  it('names the workspace, or what was asked for, that is forbidden', () => {
    expect(convert(403).message).toContain('no right to workspace org-dev (403)');
    expect(convert(403, '', {}, aboutList).message).toContain('no right to the list of workspaces');
  });

  it('says nothing more where an answer says nothing', () => {
    expect(convert(401).message).toBe(
      'The Portal at portal.example:8443 rejected the token (401). Check the token.',
    );
    expect(convert(503).message).toBe(
      'The Portal at portal.example:8443 is not available (503). Nothing is wrong with the token; try again later.',
    );
  });

  it('repeats dots within what an answer says', () => {
    expect(convert(401, problem('No v1.2 token.')).message).toContain('It says: "No v1.2 token".');
  });

  it('names the topic that does not exist, and its workspace', () => {
    const aboutTopic = { ...aboutWorkspace, asked: 'the topic orders', topic: 'orders' };
    const error = convert(404, problem('x'), {}, aboutTopic);
    expect(error).toMatchObject({ code: 'QUIX_TOPIC_NOT_FOUND', status: 404, retryable: false });
    expect(error.message).toContain('There is no topic orders in workspace org-dev (404). It says');
    expect(error.hint).toBe('Check the name of the topic. Quote the correlation id c-1 to Quix.');
    expect(convert(404, html, {}, aboutTopic).code).toBe('QUIX_WORKSPACE_NOT_FOUND');
    expect(convert(400, '', {}, aboutTopic).code).toBe('QUIX_BAD_RESPONSE');
  });

  it('names the workspace that does not exist', () => {
    expect(convert(404, problem('x')).message).toContain(
      'There is no workspace org-dev on portal.example:8443 (404)',
    );
    expect(convert(404, problem('x')).hint).toMatch(/typo.*belongs to this Portal/);
  });

  it('doubts the URL when a web page says that a workspace does not exist', () => {
    expect(convert(404, html).hint).toMatch(
      /web page: check that the Portal URL is that of the API/,
    );
  });

  it('doubts the URL when the list of workspaces does not exist', () => {
    const error = convert(404, html, {}, aboutList);
    expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', status: 404 });
    expect(error.hint).toContain('Check that the Portal URL is that of the API');
  });

  it('does not blame the token for a Portal that is away', () => {
    expect(convert(503).hint).toContain('Nothing is wrong with the token');
  });

  it('tells how long to wait, rounded up to seconds in the message', () => {
    const error = convert(429, '', { 'retry-after': '5' });
    expect(error.retryAfterMs).toBe(5_000);
    expect(error.message).toContain('It asks to wait 5 s.');
  });

  it("reads a date to wait for by the answer's own clock", () => {
    const error = convert(503, '', {
      'retry-after': 'Sun, 06 Nov 1994 08:50:07 GMT',
      date: 'Sun, 06 Nov 1994 08:49:37 GMT',
    });
    expect(error.retryAfterMs).toBe(30_000);
  });

  it.each(['soon', '', '-3', '1.5', '1000abc', '1e9'])('ignores Retry-After: %j', (value) => {
    const error = convert(429, '', { 'retry-after': value });
    expect(error).not.toHaveProperty('retryAfterMs');
    expect(error.message).not.toContain('wait');
  });

  it('has no use for Retry-After where no retry helps', () => {
    expect(convert(401, '', { 'retry-after': '5' })).not.toHaveProperty('retryAfterMs');
  });
});

describe('a redirect', () => {
  const targetOf = (location: string | string[] | undefined, context = aboutWorkspace): string => {
    const error = convert(302, '', { location }, context);
    return /a redirect to (.*), when asked/.exec(error.message)?.[1] ?? error.message;
  };

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
  ])('to %j is told by the origin alone: %s', (location, target) => {
    expect(targetOf(location)).toBe(target);
  });

  it('relative to a loopback Portal keeps its scheme', () => {
    const context = { ...aboutList, host: '127.0.0.1:80', origin: 'http://127.0.0.1:80' };
    expect(targetOf('/x', context)).toBe('http://127.0.0.1');
  });

  it('says that it was not followed, and why', () => {
    const error = convert(307, '', { location: 'https://login.example' });
    expect(error.message).toContain('It was not followed: the token would go with it.');
    expect(error.retryable).toBe(false);
    expect(error.hint).toBe('Set the Portal URL to where the API really is.');
  });
});

describe('an answer that echoes the token', () => {
  it.each([
    ['as it is', secret],
    ['in capitals', secret.toUpperCase()],
    ['in base64', Buffer.from(`x${secret}`).toString('base64')],
    ['URL-encoded', secret.replace('-', '%2d')],
  ])('%s, anywhere, does not make an error do so', (_, echo) => {
    for (const status of [302, 307, 400, 401, 403, 404, 409, 429, 500]) {
      for (const text of [echo, JSON.stringify(echo), problem(echo), `<p>${echo}</p>`]) {
        for (const context of [aboutList, aboutWorkspace]) {
          const headers = {
            location: `https://${encodeURIComponent(echo)}.example/${echo}?${echo}`,
            'retry-after': echo,
            'www-authenticate': echo,
            [echo]: echo,
          };
          expectNoLeak(convert(status, text, headers, context), [secret]);
          const correlationId = echo;
          const body = JSON.stringify({ message: 'x', correlationId });
          expectNoLeak(convert(status, body, {}, context), [secret]);
        }
      }
    }
  });
});

describe('toBodyError', () => {
  const convertBody = (text: string, what: string) =>
    toBodyError(answerOf(200, text), what, aboutList);

  it('says what was asked and what is wrong, and nothing of the body', () => {
    const error = convertBody(`{"x":"${secret}"}`, 'its field "y" is missing');
    expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', status: 200, retryable: false });
    expect(error.message).toContain(
      'portal.example:8443 answered 200 when asked for the list of workspaces, but its field "y" is missing.',
    );
    expectNoLeak(error, [secret]);
  });

  it('suspects a proxy or a sign-in page behind HTML', () => {
    const error = convertBody(` ${html}`, NOT_JSON);
    expect(error.retryable).toBe(false);
    expect(error.hint).toContain('A proxy or a sign-in page answered instead of the API');
  });

  it.each(['{"a":', '[', '{', ' [1,2', '{"a":"b'])(
    'takes %j for an answer that was cut off, worth another try',
    (text) => {
      const error = convertBody(text, NOT_JSON);
      expect(error.retryable).toBe(true);
      expect(error.hint).toContain('cut off');
    },
  );

  it.each(['nonsense', '"a', 'x {', '\u001f\u008b\u0008'])('does not try %j again', (text) => {
    const error = convertBody(text, NOT_JSON);
    expect(error.retryable).toBe(false);
    expect(error.hint).toContain('Check that the Portal URL is that of the API');
  });
});
