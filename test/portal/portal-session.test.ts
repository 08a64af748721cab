import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import { getWorkspaces, type PortalCall, type PortalSession } from '../../src/portal/index.ts';
import { Token } from '../../src/token/index.ts';
import { valueSource } from '../../src/token/token-source.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import {
  failureOf,
  makeSession,
  recordingObserver,
  requestWorkspaces,
  sendOne,
  type SessionOptions,
} from '../support/portal-access.ts';
import {
  answer,
  broken,
  closedPort,
  finish,
  reset,
  type Script,
  stall,
  startServer,
} from '../support/scripted-server.ts';

const LIST = [{ workspaceId: 'org-dev' }];
const list: Script = answer(200, LIST);
const closed = new QuixError('QUIX_CLIENT_CLOSED', 'Closed.');

/** Fixes the random part of each delay. With 0, the delays are a third of 1 s, 2 s and 4 s. */
const fixRandom = (value: number): void => void vi.spyOn(Math, 'random').mockReturnValue(value);

/** Starts a Portal that answers 200 to these tokens and 401 to any other. */
async function startPortal(...accepted: string[]) {
  const tokens = new Set(accepted);
  const sent: string[] = [];
  const server = await startServer((socket, head) => {
    const token = /Bearer (\S+)/.exec(head)?.[1] ?? '';
    sent.push(token);
    (tokens.has(token) ? list : answer(401, { message: 'No.', correlationId: 'c-1' }))(
      socket,
      head,
    );
  });
  return { origin: server.origin, tokens, sent };
}

/** Creates a session with a source that returns `token.text`. */
function sessionWith(origin: string, text: string, options: SessionOptions = {}) {
  const token = { text };
  const observer = recordingObserver();
  const sources = { token: () => token.text, ...options.sources };
  const session = makeSession(origin, { observer, ...options, sources });
  return { session, observer, token };
}

/** Begins a call and sends its request, without accepting its token. */
async function sendIn(session: PortalSession): Promise<PortalCall> {
  const call = session.openCall();
  onTestFinished(() => {
    call[Symbol.dispose]();
  });
  await call.send(getWorkspaces());
  return call;
}

describe('a request of a PortalCall', () => {
  it('is sent once with the bearer token, below the base path', async () => {
    const server = await startServer(list);
    const token = randomSecret();
    const session = makeSession(`${server.origin}/base`, { sources: { token } });
    expect(await sendOne(session, getWorkspaces())).toEqual(LIST);
    expect(server.heads).toHaveLength(1);
    expect(server.heads[0]).toMatch(/^GET \/base\/workspaces HTTP/);
    expect(server.heads[0]).toContain(`Bearer ${token}`);
    expect(session.requests).toBe(1);
  });

  it('is not repeated after an unexpected body', async () => {
    const { error, requests } = await requestWorkspaces(answer(200, '{}'));
    expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', retryable: false });
    expect(requests).toBe(1);
  });

  it('is not repeated after an empty response', async () => {
    const { error, requests } = await requestWorkspaces(answer(204));
    expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', status: 204, retryable: false });
    expect(requests).toBe(1);
  });

  it('is not repeated after a body of more than 8 MiB', async () => {
    const long = answer(200, `[${' '.repeat(8 << 20)}]`);
    const { error, requests } = await requestWorkspaces(long);
    expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', retryable: false });
    expect(error?.message).toContain('the limit of 8388608 bytes');
    expect(requests).toBe(1);
  });

  it.each([300, 301, 302, 303, 307, 308, 400, 404, 405, 409, 415, 422])(
    'is not repeated after status %i',
    async (status) => {
      const { error, requests } = await requestWorkspaces(answer(status, { message: 'No.' }));
      expect(error).toMatchObject({ status, retryable: false });
      expect(error?.code === 'QUIX_PORTAL_REDIRECT').toBe(status < 400);
      expect(requests).toBe(1);
    },
  );

  it('never follows a redirect, neither to another host nor to the same one', async () => {
    const other = await startServer(list);
    const location = `${other.origin}/secret-path?q=1`;
    const { error, requests } = await requestWorkspaces([answer(302, '', { location }), list]);
    expect(error?.code).toBe('QUIX_PORTAL_REDIRECT');
    expect(error?.message).toContain(other.origin);
    expect(error?.message).not.toContain('secret-path');
    expect(requests).toBe(1);
    expect(other.connections).toBe(0);
    const sameHost = answer(308, '', { location: '/workspaces' });
    expect((await requestWorkspaces([sameHost, list])).requests).toBe(1);
  });

  it('fails without the token if a response echoes the whole request', async () => {
    for (const status of [400, 401, 403, 404, 500, 302]) {
      const echo: Script = (socket, head) => {
        const body = status === 400 ? head : JSON.stringify({ message: head, correlationId: head });
        const headers = { location: `/?${encodeURIComponent(head)}`, 'retry-after': '100' };
        answer(status, body, headers)(socket, head);
      };
      expect((await requestWorkspaces(echo)).error?.status).toBe(status);
    }
  });

  it('reports its subject with the status of each response and the delay of each retry', async () => {
    fixRandom(0);
    const observer = recordingObserver();
    const { host } = await requestWorkspaces([answer(503), list], { observer });
    expect(observer.messages).toEqual([
      expect.stringMatching(new RegExp(`^${host} .*the list of workspaces.* 503\\.$`)),
      expect.stringMatching(/the list of workspaces .*QUIX_PORTAL_UNAVAILABLE.* 333 ms\.$/),
      expect.stringMatching(new RegExp(`^${host} .*the list of workspaces.* 200\\.$`)),
    ]);
  });
});

describe('a retry', () => {
  it.each([408, 425, 429, 500, 502, 503, 504, 520, 529])(
    'follows status %i until the Portal answers',
    async (status) => {
      fixRandom(0);
      const scripts = [answer(status, '<html>'), answer(status), list];
      const { value, requests } = await requestWorkspaces(scripts);
      expect(value).toEqual(LIST);
      expect(requests).toBe(3);
    },
  );

  it('is not made for a request with `noRetry`', async () => {
    const { error, requests } = await requestWorkspaces([answer(503), list], { noRetry: true });
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', status: 503 });
    expect(requests).toBe(1);
  });

  it('is not made when it does not fit the deadline, and the error names the attempts', async () => {
    fixRandom(0);
    const busy = { message: 'Busy.', correlationId: 'c-5' };
    const { error, requests } = await requestWorkspaces([
      answer(503, busy),
      answer(503, busy, { 'Retry-After': '60' }),
    ]);
    expect(error).toMatchObject({
      code: 'QUIX_PORTAL_UNAVAILABLE',
      status: 503,
      correlationId: 'c-5',
      retryable: true,
    });
    expect(error?.summary).toMatch(/"Busy"\..*\b2\b/);
    expect(requests).toBe(2);
  });

  it('waits for Retry-After', { tags: ['not-in-mutation-run'] }, async () => {
    fixRandom(0);
    const scripts = [answer(429, '', { 'Retry-After': '1' }), list];
    const { value, requests, durationMs } = await requestWorkspaces(scripts);
    expect(value).toEqual(LIST);
    expect(requests).toBe(2);
    expect(durationMs).toBeGreaterThanOrEqual(990);
  });

  it('is not made when Retry-After is a date after the deadline', async () => {
    const { error, requests, durationMs } = await requestWorkspaces(
      answer(429, '', {
        'Retry-After': 'Mon, 07 Nov 1994 08:49:37 GMT',
        Date: 'Sun, 06 Nov 1994 08:49:37 GMT',
      }),
    );
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryAfterMs: 86_400_000 });
    expect(error?.message).toContain('86400 s');
    expect(requests).toBe(1);
    expect(durationMs).toBeLessThan(5_000);
  });

  it.each([['soon'], ['-3'], [['60', '120']], ['Thu, 31 Feb 2030 00:00:00 GMT']])(
    'is made as usual when Retry-After is %j',
    async (value) => {
      fixRandom(0);
      const scripts = [answer(503, '', { 'Retry-After': value }), list];
      expect((await requestWorkspaces(scripts)).requests).toBe(2);
    },
  );

  it('is made until the server accepts connections', async () => {
    fixRandom(0.2);
    const port = await closedPort();
    const session = makeSession(`http://127.0.0.1:${port}`);
    const received = sendOne(session, getWorkspaces());
    await new Promise((resolve) => setTimeout(resolve, 50));
    await startServer(list, undefined, port);
    expect(await received).toEqual(LIST);
  });

  it('is made until the deadline, and the error names the address and the last problem', async () => {
    const port = await closedPort();
    const session = makeSession(`http://127.0.0.1:${port}`, { timeoutMs: 400 });
    const error = await failureOf(() => sendOne(session, getWorkspaces()));
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.summary).toMatch(new RegExp(`127\\.0\\.0\\.1:${port} .*\\(ECONNREFUSED\\)`));
  });

  it('is made at once on a new connection after the first lost connection', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] }); // a delay would never end
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { value, requests, connections } = await requestWorkspaces([reset, list]);
    expect(value).toEqual(LIST);
    expect({ requests, connections }).toEqual({ requests: 2, connections: 2 });
  });

  it('waits after the second lost connection', { tags: ['not-in-mutation-run'] }, async () => {
    fixRandom(0.3);
    const { requests, durationMs } = await requestWorkspaces([finish, finish, list]);
    expect(requests).toBe(3);
    expect(durationMs).toBeGreaterThan(500); // of a step of 2 s, a third and 0.3 of the rest
  });

  it.each<[string, Script]>([
    ['is reset', broken({ 'content-length': '99' }, '[{"workspace', reset)],
    ['is shorter than its length', broken({ 'content-length': '99' }, '[{"workspace', finish)],
    ['lacks its last chunk', broken({ 'transfer-encoding': 'chunked' }, '3\r\n[{"\r\n', finish)],
    ['ends early and has no length', broken({}, '[{"workspace', finish)],
  ])('is made when a body %s', async (_, script) => {
    fixRandom(0);
    const { value, requests } = await requestWorkspaces([script, list]);
    expect(value).toEqual(LIST);
    expect(requests).toBe(2);
  });

  it('is made twice when each body ends early', async () => {
    fixRandom(0);
    const { error, requests } = await requestWorkspaces(broken({}, '[{"workspace', finish));
    expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', retryable: true });
    expect(error?.summary).toMatch(/not JSON\..*\b3\b/);
    expect(requests).toBe(3);
  });
});

describe('the deadline of a PortalCall', () => {
  it('ends a request that is never answered', async () => {
    const { error, durationMs } = await requestWorkspaces(stall, { timeoutMs: 120 });
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error?.message).toContain('120 ms');
    expect(durationMs).toBeLessThan(5_000);
  });

  it('can be shorter for one call', async () => {
    const server = await startServer(stall);
    const session = makeSession(server.origin, { timeoutMs: 60_000 });
    const error = await failureOf(() => sendOne(session, getWorkspaces(), { timeoutMs: 130 }));
    expect(error.message).toContain('130 ms');
  });

  it('leaves time for a second attempt when the first one is never answered', async () => {
    fixRandom(0);
    const { value, requests } = await requestWorkspaces([stall, list], { timeoutMs: 2_400 });
    expect(value).toEqual(LIST);
    expect(requests).toBe(2);
  });

  it('does not hide an earlier error of the Portal', async () => {
    fixRandom(0);
    const { error, requests } = await requestWorkspaces([answer(502), stall], { timeoutMs: 500 });
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', status: 502 });
    expect(requests).toBe(2);
  });

  it('ends a response if its headers arrive byte by byte', async () => {
    const drip: Script = (socket) => {
      const timer = setInterval(() => socket.write('H'), 5);
      socket.on('close', () => {
        clearInterval(timer);
      });
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
    };
    const { error, durationMs } = await requestWorkspaces(drip, { timeoutMs: 150 });
    expect(error?.message).toContain('150 ms');
    expect(durationMs).toBeLessThan(5_000);
  });

  it('leaves no timer behind when the call ends', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const session = makeSession('http://127.0.0.1:1');
    session.openCall()[Symbol.dispose]();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends with the key that compiled `using` calls where Symbol.dispose is missing', () => {
    const session = makeSession('http://127.0.0.1:1');
    const call = session.openCall();
    const end: unknown = Reflect.get(call, Symbol.for('Symbol.dispose'));
    expect(session.openCalls.size).toBe(1);
    Reflect.apply(end as () => void, call, []);
    expect(session.openCalls.size).toBe(0);
  });
});

describe('the token of a PortalCall', () => {
  it('is read once for several requests', async () => {
    const text = randomSecret();
    const portal = await startPortal(text);
    let reads = 0;
    const session = makeSession(portal.origin, { sources: { token: () => (reads++, text) } });
    using call = session.openCall();
    expect(call.token).toBeUndefined();
    expect((await call.loadToken()).reveal()).toBe(text);
    await call.send(getWorkspaces());
    await call.send(getWorkspaces());
    expect(portal.sent).toEqual([text, text]);
    expect(reads).toBe(1);
  });

  it('is replaced by the fallback after a 401, also for the next request of the call', async () => {
    const [first, fallbackToken] = [randomSecret(), randomSecret()];
    const portal = await startPortal(fallbackToken);
    const { session, observer } = sessionWith(portal.origin, first, { sources: { fallbackToken } });
    using call = session.openCall();
    expect(await call.send(getWorkspaces())).toEqual(LIST);
    await call.send(getWorkspaces());
    expect(call.token?.source).toBe('fallbackToken');
    expect(portal.sent).toEqual([first, fallbackToken, fallbackToken]);
    expect(observer.rejected).toEqual([first]);
  });

  it('is replaced by a token that its source returns after a 403', async () => {
    const [first, second] = [randomSecret(), randomSecret()];
    const server = await startServer([answer(403), list]);
    const texts = [first, second];
    const observer = recordingObserver();
    const session = makeSession(server.origin, {
      observer,
      sources: { token: () => texts.shift() ?? second },
    });
    expect(await sendOne(session, getWorkspaces())).toEqual(LIST);
    expect(server.heads[1]).toContain(second);
    expect(observer.rejected).toEqual([]);
  });

  it('is not replaced after a 403 when the source returns the same token', async () => {
    const { error, requests } = await requestWorkspaces(answer(403));
    expect(error).toMatchObject({ code: 'QUIX_FORBIDDEN', status: 403 });
    expect(requests).toBe(1);
  });

  it('is not replaced after another error, even if the source returns another token', async () => {
    const { error, requests } = await requestWorkspaces([answer(404), list], {
      sources: { token: () => randomSecret() },
    });
    expect(error).toMatchObject({ status: 404 });
    expect(requests).toBe(1);
  });

  it('fails with all sources when each token is rejected', async () => {
    const [first, fallbackToken] = [randomSecret(), randomSecret()];
    const portal = await startPortal();
    const { session, observer } = sessionWith(portal.origin, first, { sources: { fallbackToken } });
    const error = await failureOf(() => sendOne(session, getWorkspaces()));
    expect(error).toMatchObject({
      code: 'QUIX_TOKEN_REJECTED',
      status: 401,
      correlationId: 'c-1',
      retryable: false,
    });
    expect(error.summary).toMatch(/function, then .*fallbackToken/);
    expect(observer.rejected).toEqual([first, fallbackToken]);
    expectNoLeak(error, [first, fallbackToken]);
    expect(session.token).toBeUndefined();
  });

  it('does not appear in an error, nor does a token of an earlier call', async () => {
    const [first, second] = [randomSecret(), randomSecret()];
    const server = await startServer([
      list,
      answer(401, { message: `bad ${first}`, correlationId: first }),
    ]);
    const { session, token } = sessionWith(server.origin, first);
    await sendOne(session, getWorkspaces());
    token.text = second;
    const error = await failureOf(() => sendOne(session, getWorkspaces()));
    expect(error).toMatchObject({ code: 'QUIX_TOKEN_REJECTED' });
    expectNoLeak(error, [first, second]);
    expect(error.message).not.toContain('bad');
  });

  it('is remembered as a secret together with the three tokens before it', () => {
    const session = makeSession('http://127.0.0.1:1');
    const texts = ['a', 'b', 'c', 'd', 'd', 'e'];
    for (const text of texts) session.rememberToken(new Token(text, 'argument'));
    expect(session.secrets).toEqual(['e', 'd', 'c', 'b']);
  });

  it('remembers the last eight different passwords', () => {
    const session = makeSession('http://127.0.0.1:1');
    for (const text of 'a b c d e f g h i c'.split(' ')) session.rememberPassword(text);
    expect(session.secrets).toEqual('c i h g f e d b'.split(' '));
  });

  it('is not sent when its source fails', async () => {
    const server = await startServer(list);
    const session = makeSession(server.origin, {
      sources: { token: () => Promise.reject(new Error('vault')) },
    });
    const error = await failureOf(() => sendOne(session, getWorkspaces()));
    expect(error.code).toBe('QUIX_TOKEN_SOURCE_FAILED');
    expect(server.connections).toBe(0);
  });

  it('is waited for until the deadline', async () => {
    const session = makeSession('http://127.0.0.1:1', {
      timeoutMs: 50,
      sources: { token: () => new Promise(() => undefined) },
    });
    const error = await failureOf(() => sendOne(session, getWorkspaces()));
    expect(error.code).toBe('QUIX_TOKEN_SOURCE_FAILED');
    expect(error.summary).toContain('timeoutMs');
  });
});

describe('PortalCall.accept', () => {
  it('makes the token of the call the one in use', async () => {
    const text = randomSecret();
    const portal = await startPortal(text);
    const { session, observer } = sessionWith(portal.origin, text);
    const call = await sendIn(session);
    expect(session.token).toBeUndefined();
    call.acceptToken();
    expect(session.token?.reveal()).toBe(text);
    expect(observer.changes).toEqual([]);
  });

  it('reports a change of the token once', async () => {
    const [first, second] = [randomSecret(), randomSecret()];
    const portal = await startPortal(first, second);
    const { session, observer, token } = sessionWith(portal.origin, first);
    await sendOne(session, getWorkspaces());
    token.text = second;
    await sendOne(session, getWorkspaces());
    await sendOne(session, getWorkspaces());
    expect(observer.changes).toEqual([[first, second]]);
  });

  it('keeps the fallback first while it works', async () => {
    const [first, fallbackToken] = [randomSecret(), randomSecret()];
    const portal = await startPortal(fallbackToken);
    const { session } = sessionWith(portal.origin, first, { sources: { fallbackToken } });
    await sendOne(session, getWorkspaces());
    await sendOne(session, getWorkspaces());
    expect(portal.sent).toEqual([first, fallbackToken, fallbackToken]);
  });

  it('does not replace the token of a call that began later and succeeded before', async () => {
    const [first, second] = [randomSecret(), randomSecret()];
    const portal = await startPortal(first, second);
    const { session, observer, token } = sessionWith(portal.origin, first);
    const earlier = await sendIn(session);
    token.text = second;
    const later = await sendIn(session);
    later.acceptToken();
    earlier.acceptToken();
    expect(session.token?.reveal()).toBe(second);
    expect(observer.changes).toEqual([]);
  });

  it('replaces the token of a call that began earlier', async () => {
    const [first, second] = [randomSecret(), randomSecret()];
    const portal = await startPortal(first, second);
    const { session, observer, token } = sessionWith(portal.origin, first);
    const earlier = await sendIn(session);
    token.text = second;
    const later = await sendIn(session);
    earlier.acceptToken();
    later.acceptToken();
    expect(session.token?.reveal()).toBe(second);
    expect(observer.changes).toEqual([[first, second]]);
  });

  it('does not prefer the fallback of a call that began before the last accepted one', async () => {
    const [first, fallbackToken] = [randomSecret(), randomSecret()];
    const portal = await startPortal(fallbackToken);
    const { session } = sessionWith(portal.origin, first, { sources: { fallbackToken } });
    const earlier = await sendIn(session);
    portal.tokens.add(first);
    const later = await sendIn(session);
    later.acceptToken();
    earlier.acceptToken();
    await sendOne(session, getWorkspaces());
    expect(portal.sent.at(-1)).toBe(first);
  });

  it('does nothing before the first request', () => {
    const session = makeSession('http://127.0.0.1:1');
    using call = session.openCall();
    call.acceptToken();
    expect(session.token).toBeUndefined();
  });

  it('throws after the session was closed', async () => {
    const text = randomSecret();
    const portal = await startPortal(text);
    const { session } = sessionWith(portal.origin, text);
    const call = await sendIn(session);
    await session.close(closed);
    expect(() => {
      call.acceptToken();
    }).toThrow(closed);
    expect(session.token).toBeUndefined();
  });
});

describe('a PortalCall with a source of its own', () => {
  const source = (text: string) => valueSource(text, 'rotateToken');

  it('sends only the token of that source, and replaces the other sources when accepted', async () => {
    const [first, second] = [randomSecret(), randomSecret()];
    const portal = await startPortal(first, second);
    const { session, observer } = sessionWith(portal.origin, first);
    await sendOne(session, getWorkspaces());
    await sendOne(session, getWorkspaces(), { source: source(second) });
    await sendOne(session, getWorkspaces());
    expect(portal.sent).toEqual([first, second, second]);
    expect(session.token?.source).toBe('rotateToken');
    expect(observer.changes).toEqual([[first, second]]);
  });

  it.each([401, 403])('tries no other token after status %i', async (status) => {
    const server = await startServer([answer(status), list]);
    const session = makeSession(server.origin, {
      sources: { token: () => randomSecret(), fallbackToken: randomSecret() },
    });
    const options = { source: source(randomSecret()) };
    const error = await failureOf(() => sendOne(session, getWorkspaces(), options));
    expect(error.status).toBe(status);
    expect(server.heads).toHaveLength(1);
  });

  it('changes nothing when it is not accepted', async () => {
    const [first, second] = [randomSecret(), randomSecret()];
    const portal = await startPortal(first, second);
    const { session } = sessionWith(portal.origin, first);
    using call = session.openCall({ source: source(second) });
    await call.send(getWorkspaces());
    await sendOne(session, getWorkspaces());
    expect(portal.sent).toEqual([second, first]);
  });

  it('replaces the sources although a call that began later succeeded with them before', async () => {
    const [first, second] = [randomSecret(), randomSecret()];
    const portal = await startPortal(first, second);
    const { session, observer } = sessionWith(portal.origin, first);
    using rotation = session.openCall({ source: source(second) });
    await rotation.send(getWorkspaces());
    await sendOne(session, getWorkspaces());
    const ordinary = await sendIn(session);
    rotation.acceptToken();
    ordinary.acceptToken(); // it used a source that was replaced meanwhile
    expect(session.token?.reveal()).toBe(second);
    expect(observer.changes).toEqual([[first, second]]);
    await sendOne(session, getWorkspaces());
    expect(portal.sent.at(-1)).toBe(second);
  });
});

describe('PortalSession.close', () => {
  async function closeAfter(script: Script) {
    const server = await startServer(script);
    const session = makeSession(server.origin);
    const failed = failureOf(() => sendOne(session, getWorkspaces()));
    await expect.poll(() => server.heads.length).toBe(1);
    await session.close(closed);
    const error = await failed;
    await expect.poll(() => server.open.size).toBe(0);
    return { error, requests: server.heads.length };
  }

  it('ends an open request with its reason, and closes the connection', async () => {
    expect(await closeAfter(stall)).toEqual({ error: closed, requests: 1 });
  });

  it('ends a delay between two attempts with its reason', async () => {
    const wait = answer(503, '', { 'retry-after': '5' });
    expect(await closeAfter(wait)).toEqual({ error: closed, requests: 1 });
  });

  it('does not allow further calls', async () => {
    const server = await startServer(list);
    const session = makeSession(server.origin);
    await session.close(closed);
    expect(() => session.openCall()).toThrow(closed);
    expect(server.connections).toBe(0);
  });

  it('does not abort a call that has ended', async () => {
    const session = makeSession('http://127.0.0.1:1');
    const call = session.openCall();
    call[Symbol.dispose]();
    await session.close(closed);
    expect(call.deadline.signal.aborted).toBe(false);
  });
});
