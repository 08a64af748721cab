import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import type { Inquiry, Portal } from '../../src/portal/index.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { failureOf, makeInquiry, makePortal } from '../support/portal-access.ts';
import {
  answer,
  broken,
  closedPort,
  finish,
  reset,
  type Script,
  stall,
  startListener,
  startServer,
} from '../support/scripted-server.ts';

const password = randomSecret('pw-');
const settings = {
  'bootstrap.servers': 'broker.example:9093',
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'SCRAM-SHA-512',
  'sasl.username': 'org-dev',
  'sasl.password': password,
};
const list: Script = answer(200, [{ workspaceId: 'org-dev' }]);

/** Back-offs of the least length, a third of 1 s, 2 s, 4 s, or of more. */
const draw = (value: number): void => void vi.spyOn(Math, 'random').mockReturnValue(value);

/** What a portal scripted like this makes of the list of workspaces, and how often it was asked. */
async function listFrom(scripts: Script | Script[], inquiry: Inquiry = makeInquiry()) {
  const server = await startServer(scripts);
  const began = performance.now();
  let error: QuixError | undefined;
  let value: unknown;
  try {
    value = await makePortal(server.origin).listWorkspaces(inquiry);
  } catch (thrown) {
    if (!(thrown instanceof QuixError)) throw thrown;
    expectNoLeak(thrown, [inquiry.token.reveal(), password]);
    error = thrown;
  }
  const { heads, connections, host } = server;
  return { value, error, asked: heads.length, connections, host, ms: performance.now() - began };
}

describe('listWorkspaces', () => {
  it('asks GET /workspaces once and gives the list', async () => {
    const server = await startServer(list);
    const inquiry = makeInquiry();
    expect(await makePortal(`${server.origin}/base`).listWorkspaces(inquiry)).toEqual([
      { workspaceId: 'org-dev' },
    ]);
    expect(server.heads).toHaveLength(1);
    expect(server.heads[0]).toMatch(/^GET \/base\/workspaces HTTP/);
    expect(server.heads[0]).toContain(`Bearer ${inquiry.token.reveal()}`);
  });

  it('leaves out ids that repeat a token, used now or before', async () => {
    const [now, before] = [makeInquiry(), makeInquiry()];
    const echo = (text: string): unknown => ({ workspaceId: `w-${text}` });
    const server = await startServer(
      answer(200, [echo(now.token.reveal()), echo('1'), echo(before.token.reveal().toUpperCase())]),
    );
    const listed = await makePortal(server.origin).listWorkspaces({
      ...now,
      known: [before.token],
    });
    expect(listed).toEqual([{ workspaceId: 'w-1' }]);
  });

  it('gives names without a token and what cannot be printed', async () => {
    const inquiry = makeInquiry();
    const server = await startServer(
      answer(200, [
        { workspaceId: 'a', name: ` Dev\u0007 ` },
        { workspaceId: 'b', name: inquiry.token.reveal() },
        { workspaceId: 'c', name: null },
      ]),
    );
    expect(await makePortal(server.origin).listWorkspaces(inquiry)).toEqual([
      { workspaceId: 'a', name: 'Dev' },
      { workspaceId: 'b', name: undefined },
      { workspaceId: 'c', name: null },
    ]);
  });

  it('is tried once if that is wanted', async () => {
    const { error, asked } = await listFrom([answer(503), list], { ...makeInquiry(), once: true });
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', status: 503 });
    expect(asked).toBe(1);
  });

  it('may give an empty list', async () => {
    expect(await listFrom(answer(200, []))).toMatchObject({ value: [], error: undefined });
  });
});

describe('getBrokerSettings', () => {
  it('asks for those of the workspace, whatever is in its id', async () => {
    const server = await startServer(answer(200, { ...settings, 'new.key': 1 }));
    const portal = makePortal(server.origin);
    expect(await portal.getBrokerSettings('org/dev', makeInquiry())).toEqual(settings);
    expect(server.heads[0]).toMatch(/^GET \/workspaces\/org%2Fdev\/broker\/librdkafka HTTP/);
  });

  it('sends nothing for an id that leads to another endpoint', async () => {
    const server = await startServer(answer(200, settings));
    const portal = makePortal(server.origin);
    const error = await failureOf(() => portal.getBrokerSettings('..', makeInquiry()));
    expect(error.code).toBe('QUIX_CONFIG');
    expect(server.connections).toBe(0);
  });

  it('names the workspace that is unknown', async () => {
    const server = await startServer(answer(404, { message: 'Nope', correlationId: 'c-9' }));
    const portal = makePortal(server.origin);
    const error = await failureOf(() => portal.getBrokerSettings('org-dve', makeInquiry()));
    expect(error).toMatchObject({
      code: 'QUIX_WORKSPACE_NOT_FOUND',
      status: 404,
      correlationId: 'c-9',
    });
    expect(error.message).toContain('org-dve');
  });
});

const topic = { id: 'org-dev-orders', name: 'orders', status: 'Ready' };

describe('getWorkspace', () => {
  it('asks for that one', async () => {
    const server = await startServer(answer(200, { workspaceId: 'org-dev', name: 'Dev' }));
    const found = await makePortal(server.origin).getWorkspace('org-dev', makeInquiry());
    expect(found).toEqual({ workspaceId: 'org-dev', name: 'Dev' });
    expect(server.heads[0]).toMatch(/^GET \/workspaces\/org-dev HTTP/);
  });
});

describe('listTopics', () => {
  it('asks for those of the workspace', async () => {
    const server = await startServer(answer(200, [topic]));
    const listed = await makePortal(server.origin).listTopics('org-dev', makeInquiry());
    expect(listed).toEqual([topic]);
    expect(server.heads[0]).toMatch(/^GET \/org-dev\/topics HTTP/);
  });

  it('leaves out topics whose id or name repeats the token, and such an error', async () => {
    const inquiry = makeInquiry();
    const echo = inquiry.token.reveal();
    const server = await startServer(
      answer(200, [
        { ...topic, id: echo },
        { ...topic, name: echo },
        { ...topic, lastError: `no ${echo}` },
        { ...topic, lastError: 'disk\nfull' },
      ]),
    );
    const listed = await makePortal(server.origin).listTopics('org-dev', inquiry);
    expect(listed).toEqual([topic, { ...topic, lastError: 'disk full' }]);
  });
});

describe('getTopic', () => {
  it('asks for that one, whatever is in its name, and repeats no token', async () => {
    const inquiry = makeInquiry();
    const lastError = `no ${inquiry.token.reveal()}`;
    const server = await startServer(answer(200, { ...topic, lastError }));
    const found = await makePortal(server.origin).getTopic('org-dev', 'a/b', inquiry);
    expect(found).toEqual(topic);
    expect(server.heads[0]).toMatch(/^GET \/org-dev\/topics\/a%2Fb HTTP/);
  });

  it('names the topic that is unknown, and its workspace', async () => {
    const server = await startServer(answer(404));
    const portal = makePortal(server.origin);
    const error = await failureOf(() => portal.getTopic('org-dev', 'orders', makeInquiry()));
    expect(error).toMatchObject({ code: 'QUIX_TOPIC_NOT_FOUND', status: 404 });
    expect(error.message).toContain('There is no topic orders in workspace org-dev (404).');
  });
});

describe('createTopic', () => {
  it('posts name and configuration as JSON', async () => {
    let received = '';
    const server = await startListener((socket) =>
      socket.on('data', (chunk) => {
        received += chunk.toString();
        if (received.endsWith('}}')) answer(201, topic)(socket, received);
      }),
    );
    const wanted = { name: 'orders', configuration: { partitions: 3 } };
    const created = await makePortal(server.origin).createTopic('org-dev', wanted, makeInquiry());
    expect(created).toEqual(topic);
    const [head = '', body = ''] = received.split('\r\n\r\n');
    expect(head).toMatch(/^POST \/org-dev\/topics HTTP/);
    expect(head).toContain('content-type: application/json');
    expect(JSON.parse(body)).toEqual(wanted);
  });

  it('is tried once: a second try might find what the first one made', async () => {
    const server = await startServer([answer(503), answer(201, topic)]);
    const portal = makePortal(server.origin);
    const error = await failureOf(() => portal.createTopic('w', { name: 'orders' }, makeInquiry()));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', status: 503 });
    expect(server.heads).toHaveLength(1);
  });
});

describe('queryPermission', () => {
  it.each([true, false])('asks for what the query says, and may be told %s', async (allowed) => {
    const server = await startServer(answer(200, allowed));
    const query = { resourceType: 'Workspace', resourceID: 'org dev&x' };
    const told = await makePortal(server.origin).queryPermission(query, makeInquiry());
    expect(told).toBe(allowed);
    expect(server.heads[0]).toMatch(
      /^GET \/auth\/permissions\/query\?resourceType=Workspace&resourceID=org\+dev%26x HTTP/,
    );
  });
});

describe('every question', () => {
  type Ask = (portal: Portal, inquiry: Inquiry) => Promise<unknown>;
  const questions: [string, Ask][] = [
    ['the list of workspaces', (portal, inquiry) => portal.listWorkspaces(inquiry)],
    ['workspace org-dev', (portal, inquiry) => portal.getWorkspace('org-dev', inquiry)],
    [
      'the broker settings of workspace org-dev',
      (portal, inquiry) => portal.getBrokerSettings('org-dev', inquiry),
    ],
    ['the topics of workspace org-dev', (portal, inquiry) => portal.listTopics('org-dev', inquiry)],
    ['the topic orders', (portal, inquiry) => portal.getTopic('org-dev', 'orders', inquiry)],
    [
      'the creation of the topic orders',
      (portal, inquiry) => portal.createTopic('org-dev', { name: 'orders' }, inquiry),
    ],
    ['a permission', (portal, inquiry) => portal.queryPermission({}, inquiry)],
  ];

  it.each(questions)('says in its error what was asked for: %s', async (asked, ask) => {
    const server = await startServer(answer(400));
    const error = await failureOf(() => ask(makePortal(server.origin), makeInquiry()));
    expect(error.message).toContain(`${server.host} answered 400 when asked for ${asked}.`);
  });

  it.each(questions.slice(1, -1))(
    'about a workspace names it when it is forbidden: %s',
    async (_, ask) => {
      const server = await startServer(answer(403));
      const error = await failureOf(() => ask(makePortal(server.origin), makeInquiry()));
      expect(error.message).toContain('has no right to workspace org-dev (403)');
    },
  );
});

describe('a success', () => {
  it.each([
    ['application/json'],
    ['text/plain'],
    ['text/html'],
    ['application/octet-stream'],
    [undefined],
  ])('counts by its body, not by its content type (%s)', async (type) => {
    const headers = type === undefined ? {} : { 'content-type': type };
    const given = await listFrom(answer(200, '[{"workspaceId":"w"}]', headers));
    expect(given.value).toEqual([{ workspaceId: 'w' }]);
  });

  it('may have white space or a byte order mark around its JSON', async () => {
    const given = await listFrom(answer(200, '\uFEFF\r\n [{"workspaceId":"w"}] \n'));
    expect(given.value).toEqual([{ workspaceId: 'w' }]);
  });

  it('may be another 2xx than 200', async () => {
    expect((await listFrom(answer(203, []))).value).toEqual([]);
  });
});

describe('a success that is none is refused at the first try', () => {
  it.each<[string, Script, string]>([
    ['an empty body', answer(200, ''), 'the body is empty'],
    ['white space', answer(200, ' \r\n'), 'the body is empty'],
    ['no content', answer(204), 'the body is empty'],
    ['null', answer(200, 'null'), 'the body is not an array'],
    ['an object', answer(200, '{}'), 'the body is not an array'],
    ['a text', answer(200, '"x"'), 'the body is not an array'],
    ['a number', answer(200, '42'), 'the body is not an array'],
    ['a list of texts', answer(200, '["x"]'), 'its field "0" is not an object'],
    [
      'another type',
      answer(200, '[{"workspaceId":5}]'),
      'its field "0.workspaceId" is not a string',
    ],
    ['plain text', answer(200, 'OK'), 'the body is not JSON'],
    ['a login page', answer(200, '<html><form>Sign in</form>'), 'the body is not JSON'],
    [
      'gzip despite identity',
      answer(200, gzipSync('[]'), { 'content-encoding': 'gzip' }),
      'the body is not JSON',
    ],
    [
      'deep nesting',
      answer(200, '['.repeat(100_000) + ']'.repeat(100_000)),
      'its field "0.workspaceId" is missing',
    ],
    ['more than a mebibyte', answer(200, `[${' '.repeat(1_100_000)}]`), 'more than 1048576 bytes'],
  ])('when it is %s', async (_, script, problem) => {
    const { error, asked } = await listFrom(script);
    expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', retryable: false });
    expect(error?.message).toContain(problem);
    expect(error?.message).not.toContain('Sign in');
    expect(asked).toBe(1);
  });

  it('with a hint at the proxy or sign-in page that sent HTML', async () => {
    const { error } = await listFrom(answer(200, '<html>', { 'content-type': 'text/html' }));
    expect(error?.hint).toContain('sign-in page');
  });

  it('naming the field of broker settings, never its value', async () => {
    const wrong = { ...settings, 'sasl.username': [password] };
    const server = await startServer(answer(200, wrong));
    const portal = makePortal(server.origin);
    const error = await failureOf(() => portal.getBrokerSettings('w', makeInquiry()));
    expect(error.message).toContain('its field "sasl.username" is not a string');
    expectNoLeak(error, [password]);
  });
});

describe('an answer that is final', () => {
  it.each([300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 409, 415, 422])(
    'is not asked for again: %i',
    async (status) => {
      const { error, asked } = await listFrom(answer(status, { message: 'No.' }));
      expect(error).toMatchObject({ status, retryable: false });
      expect(error?.code === 'QUIX_PORTAL_REDIRECT').toBe(status < 400);
      expect(asked).toBe(1);
    },
  );

  it('is a redirect: neither same host nor other host gets the token', async () => {
    const other = await startServer(list);
    const elsewhere = answer(302, '', { location: `${other.origin}/secret-path?q=1` });
    const { error, asked } = await listFrom([elsewhere, list]);
    expect(error?.code).toBe('QUIX_PORTAL_REDIRECT');
    expect(error?.message).toContain(`a redirect to ${other.origin}, when`);
    expect(error?.message).not.toContain('secret-path');
    expect(asked).toBe(1);
    expect(other.connections).toBe(0);
    expect((await listFrom([answer(308, '', { location: '/workspaces' }), list])).asked).toBe(1);
  });

  it('keeps the token secret though the whole request is echoed in it', async () => {
    for (const status of [400, 401, 403, 404, 500, 302]) {
      const echo: Script = (socket, head) => {
        const body = status === 400 ? head : JSON.stringify({ message: head, correlationId: head });
        const headers = { location: `/?${encodeURIComponent(head)}`, 'retry-after': '100' };
        answer(status, body, headers)(socket, head);
      };
      expect((await listFrom(echo)).error?.status).toBe(status);
    }
  });
});

it('a token used before is not repeated either', async () => {
  const before = makeInquiry().token;
  const body = { message: `bad ${before.reveal()}`, correlationId: before.reveal() };
  const inquiry = { ...makeInquiry(), known: [before] };
  const { error } = await listFrom(answer(401, body), inquiry);
  expect(error?.code).toBe('QUIX_TOKEN_REJECTED');
  expectNoLeak(error, [before.reveal()]);
});

describe('an answer that may pass', () => {
  it.each([408, 425, 429, 500, 502, 503, 504, 520, 529])(
    'is asked for again: %i',
    async (status) => {
      draw(0);
      const { value, asked } = await listFrom([answer(status, '<html>'), answer(status), list]);
      expect(value).toEqual([{ workspaceId: 'org-dev' }]);
      expect(asked).toBe(3);
    },
  );

  it('is given up when the deadline leaves no room, saying how often it was tried', async () => {
    draw(0);
    const busy = { message: 'Busy.', correlationId: 'c-5' };
    const { error, asked } = await listFrom([
      answer(503, busy),
      answer(503, busy, { 'Retry-After': '60' }),
    ]);
    expect(error).toMatchObject({
      code: 'QUIX_PORTAL_UNAVAILABLE',
      status: 503,
      correlationId: 'c-5',
      retryable: true,
    });
    expect(error?.message).toMatch(/It says: "Busy"\..* Tried 2 times\./);
    expect(asked).toBe(2);
  });

  it('is waited for as long as it asks', { tags: ['not-in-mutation-run'] }, async () => {
    draw(0);
    const { value, asked, ms } = await listFrom([answer(429, '', { 'Retry-After': '1' }), list]);
    expect(value).toBeDefined();
    expect(asked).toBe(2);
    expect(ms).toBeGreaterThanOrEqual(990);
  });

  it.each([
    ['seconds', { 'Retry-After': '86400' }],
    [
      'a date',
      {
        'Retry-After': 'Mon, 07 Nov 1994 08:49:37 GMT',
        Date: 'Sun, 06 Nov 1994 08:49:37 GMT',
      },
    ],
  ])('is given up at once when it asks for longer than the deadline, in %s', async (_, headers) => {
    const { error, asked, ms } = await listFrom(answer(429, '', headers));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryAfterMs: 86_400_000 });
    expect(error?.message).toContain('It asks to wait 86400 s.');
    expect(asked).toBe(1);
    expect(ms).toBeLessThan(5_000);
  });

  it.each([['soon'], ['-3'], [['60', '120']], ['Thu, 31 Feb 2030 00:00:00 GMT']])(
    'is asked for again as usual when it asks to wait %j',
    async (value) => {
      draw(0);
      const { asked } = await listFrom([answer(503, '', { 'Retry-After': value }), list]);
      expect(asked).toBe(2);
    },
  );
});

describe('a connection that fails', () => {
  it('is made again, as long as there is time', async () => {
    draw(0.2);
    const port = await closedPort();
    const listed = makePortal(`http://127.0.0.1:${port}`).listWorkspaces(makeInquiry());
    await new Promise((resolve) => setTimeout(resolve, 50));
    await startServer(list, undefined, port);
    expect(await listed).toEqual([{ workspaceId: 'org-dev' }]);
  });

  it('is told by host, port and what happened when it is never made', async () => {
    const port = await closedPort();
    const portal = makePortal(`http://127.0.0.1:${port}`);
    const error = await failureOf(() => portal.listWorkspaces(makeInquiry(400)));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.message).toContain(`127.0.0.1:${port} could not be reached (ECONNREFUSED)`);
  });

  it('is made again at once when it was lost, on a new connection', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] }); // no wait would ever end
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { value, asked, connections } = await listFrom([reset, list]);
    expect(value).toEqual([{ workspaceId: 'org-dev' }]);
    expect({ asked, connections }).toEqual({ asked: 2, connections: 2 });
  });

  it('is waited for when it was lost twice', { tags: ['not-in-mutation-run'] }, async () => {
    draw(0.3);
    const { asked, ms } = await listFrom([finish, finish, list]);
    expect(asked).toBe(3);
    expect(ms).toBeGreaterThan(500); // a third of a second, and 0.3 of the other two
  });

  it.each<[string, Script]>([
    ['reset in the body', broken({ 'content-length': '99' }, '[{"workspace', reset)],
    ['shorter than its length', broken({ 'content-length': '99' }, '[{"workspace', finish)],
    ['without its last chunk', broken({ 'transfer-encoding': 'chunked' }, '3\r\n[{"\r\n', finish)],
    ['cut cleanly, without a length', broken({}, '[{"workspace', finish)],
  ])('in the middle of an answer is made again: %s', async (_, script) => {
    draw(0);
    const { value, asked } = await listFrom([script, list]);
    expect(value).toEqual([{ workspaceId: 'org-dev' }]);
    expect(asked).toBe(2);
  });

  it('is given up after three answers that were cut cleanly', async () => {
    draw(0);
    const { error, asked } = await listFrom(broken({}, '[{"workspace', finish));
    expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', retryable: true });
    expect(error?.message).toMatch(/the body is not JSON\. Tried 3 times\. It was cut off/);
    expect(asked).toBe(3);
  });
});

describe('a black hole', () => {
  it('is left when the deadline is over', async () => {
    const { error, ms } = await listFrom(stall, makeInquiry(120));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error?.message).toContain('gave no answer within 120 ms');
    expect(ms).toBeLessThan(5_000);
  });

  it('is left in time for another try', async () => {
    draw(0);
    const { value, asked } = await listFrom([stall, list], makeInquiry(2_400));
    expect(value).toEqual([{ workspaceId: 'org-dev' }]);
    expect(asked).toBe(2);
  });

  it('after a real error does not hide that', async () => {
    draw(0);
    const { error, asked } = await listFrom([answer(502), stall], makeInquiry(500));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', status: 502 });
    expect(asked).toBe(2);
  });

  it('whose headers come byte by byte is left when the deadline is over', async () => {
    const drip: Script = (socket) => {
      const timer = setInterval(() => socket.write('H'), 5);
      socket.on('close', () => {
        clearInterval(timer);
      });
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
    };
    const { error, ms } = await listFrom(drip, makeInquiry(150));
    expect(error?.message).toContain('gave no answer within 150 ms');
    expect(ms).toBeLessThan(5_000);
  });
});

describe('an abort', () => {
  const closed = new QuixError('QUIX_CLIENT_CLOSED', 'Closed.');

  async function abortedAfter(script: Script) {
    const server = await startServer(script);
    const inquiry = makeInquiry();
    const portal: Portal = makePortal(server.origin);
    const failed = failureOf(() => portal.listWorkspaces(inquiry));
    await expect.poll(() => server.heads.length).toBe(1);
    inquiry.deadline.abort(closed);
    const error = await failed;
    await portal.close();
    await expect.poll(() => server.open.size).toBe(0);
    return { error, asked: server.heads.length };
  }

  it('ends a request under way, and its connection', async () => {
    expect(await abortedAfter(stall)).toEqual({ error: closed, asked: 1 });
  });

  it('ends a wait between two requests', async () => {
    const wait = answer(503, '', { 'retry-after': '5' });
    expect(await abortedAfter(wait)).toEqual({ error: closed, asked: 1 });
  });
});
