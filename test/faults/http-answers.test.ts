import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { QuixClientOptions, QuixError } from 'quix-streams-auth';
import { errorOf } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { answer, startServer, type Headers, type Script } from '../support/scripted-server.ts';
import { clientOf, good, SETTINGS } from './portal-of-faults.ts';

closeAfterEach();

/** What one answer, given again and again, leads to. */
async function failure(script: Script, options: QuixClientOptions = {}): Promise<QuixError> {
  const server = await startServer(script);
  return await errorOf(
    clientOf(server.origin, { timeoutMs: 600, ...options }).getBrokerCredentials(),
  );
}

async function credentialsOf(script: Script) {
  const server = await startServer(script);
  return await clientOf(server.origin).getBrokerCredentials();
}

describe('401', () => {
  it('fault 39: is answered with the token that the source has by now, and told as "rotated"', async () => {
    const portal = await startPortal();
    let token = portal.token1;
    const client = makeClient(portal, { token: () => token, env: {}, portalApi: portal.url });
    await client.getBrokerCredentials();
    const rotated: unknown[] = [];
    client.on('rotated', (change) => rotated.push(change));
    const stale = token;
    portal.rotateTokens();
    token = stale; // read first, and once more after the 401
    setTimeout(() => (token = portal.token1), 0);
    portal.latencyMs = 30;
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(rotated).toHaveLength(1);
  });

  it('fault 40: is answered with the second token, which stays in use, unless it is of another workspace', async () => {
    const portal = await startPortal({
      workspaces: [{ workspaceId: 'one' }, { workspaceId: 'two' }],
    });
    const options = { token: portal.token1, env: {}, portalApi: portal.url };
    const client = makeClient(portal, { ...options, fallbackToken: portal.token2 });
    await client.getBrokerCredentials();
    const foreign = portal.addToken({ workspaces: ['two'] });
    const other = makeClient(portal, { ...options, fallbackToken: foreign });
    await other.getBrokerCredentials();
    portal.rotateTokens();
    await client.getBrokerCredentials({ forceRefresh: true });
    portal.requests.length = 0;
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(portal.requests.map(({ status }) => status)).toEqual([200]);
    const error = await errorOf(other.getBrokerCredentials({ forceRefresh: true }));
    expect(error.code).toBe('QUIX_WORKSPACE_CHANGED');
  });

  it('fault 41: without another token is final at once, and what is held stays, marked as stale', async () => {
    const portal = await startPortal();
    const client = makeClient(portal);
    const held = await client.getBrokerCredentials();
    portal.rotateTokens();
    portal.requests.length = 0;
    const error = await errorOf(client.getBrokerCredentials({ forceRefresh: true }));
    expect(error).toMatchObject({ code: 'QUIX_TOKEN_REJECTED', retryable: false, status: 401 });
    expect(portal.requests).toHaveLength(1);
    expect(client.describe().state).toBe('stale');
    expect(await client.getBrokerCredentials()).toBe(held);
  });

  it('fault 42: now and then leaves what is held, and each call asks at most once more', async () => {
    const portal = await startPortal();
    const client = makeClient(portal, { workspaceId: portal.workspaceId });
    const held = await client.getBrokerCredentials();
    for (let round = 0; round < 5; round++) {
      portal.faults.push({ status: 401 });
      await client.getBrokerCredentials({ forceRefresh: true }).catch(() => undefined);
      expect((await client.getBrokerCredentials()).sameAs(held)).toBe(true);
    }
    expect(portal.requests.length).toBeLessThanOrEqual(11);
  });
});

describe('an answer', () => {
  it('fault 43: of 403 is final, and names the workspace and what the Portal says', async () => {
    const error = await failure(answer(403, { message: 'No Read permission.' }));
    expect(error).toMatchObject({ code: 'QUIX_FORBIDDEN', retryable: false });
    expect(error.message).toMatch(/workspace org-project-dev.*No Read permission/);
  });

  it('fault 44: of 404 for the workspace is not found, with the near miss', async () => {
    const portal = await startPortal();
    const error = await errorOf(
      makeClient(portal, { workspaceId: 'org-project-dve' }).getBrokerCredentials(),
    );
    expect(error.code).toBe('QUIX_WORKSPACE_NOT_FOUND');
    expect(error.message).toContain('Did you mean org-project-dev?');
  });

  it('fault 45: of 404 as a web page asks whether the URL is right', async () => {
    const error = await failure(answer(404, '<!doctype html><h1>Not here</h1>'));
    expect(error.message).toMatch(/Portal URL/);
    expect(error.message).not.toContain('Not here');
  });

  it.each([408, 425, 429, 500, 502, 503, 504, 520, 522, 526, 529])(
    'fault 46: of %i is bridged, told when it lasts, and never an error of the token',
    async (status) => {
      const server = await startServer([answer(status), good]);
      expect((await clientOf(server.origin).getBrokerCredentials()).generation).toBe(1);
      const error = await failure(answer(status), { timeoutMs: 150 });
      expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    },
  );

  const wait = (value: string | string[], more: Headers = {}): Script =>
    answer(429, '', { 'retry-after': value, ...more });

  it('fault 47: of 429 with a second to wait is asked again no earlier', async () => {
    const server = await startServer([wait('1'), good]);
    const start = performance.now();
    await clientOf(server.origin).getBrokerCredentials();
    expect(performance.now() - start).toBeGreaterThanOrEqual(990);
  });

  it('fault 47: of 429 with more than the deadline fails now, and says how long', async () => {
    const start = performance.now();
    const error = await failure(wait('5'));
    expect(error.retryAfterMs).toBeGreaterThan(4_000);
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('fault 48: of 429 with a date is measured by the Date of the answer; a date in the past is now', async () => {
    const date = (seconds: number): string =>
      new Date(1_700_000_000_000 + seconds * 1000).toUTCString();
    const error = await failure(wait(date(20), { date: date(0) }));
    expect(error.retryAfterMs).toBeGreaterThan(18_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(20_000);
    const server = await startServer([wait(date(-60), { date: date(0) }), good]);
    expect((await clientOf(server.origin).getBrokerCredentials()).generation).toBe(1);
  });

  it.each(['soon', '', '-3', '1.5', '1000abc', '1e9', '٣', ['1', '2']])(
    'fault 49: of 429 with Retry-After %j waits as without it',
    async (value) => {
      const server = await startServer([
        wait(Array.isArray(value) ? value : Buffer.from(value).toString('latin1')),
        good,
      ]);
      const start = performance.now();
      await clientOf(server.origin).getBrokerCredentials();
      expect(performance.now() - start).toBeLessThan(3_500);
    },
  );

  it('fault 50: of 429 with a day to wait is remembered for later callers, who fail at once', async () => {
    const server = await startServer(wait('86400'));
    const client = clientOf(server.origin, { timeoutMs: 1_000 });
    await errorOf(client.getBrokerCredentials());
    const later = await errorOf(client.getBrokerCredentials());
    expect(later).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(later.retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(server.heads).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])(
    'fault 51: of %i is not followed, and only the origin of its target is told',
    async (status) => {
      const target = await startServer(good);
      const location = `${target.origin}/somewhere?else=1`;
      const error = await failure(answer(status, '', { location }));
      expect(error.code).toBe('QUIX_PORTAL_REDIRECT');
      expect(error.message).toContain(target.origin);
      expect(error.message).not.toContain('somewhere');
      expect(target.heads).toEqual([]);
    },
  );

  it.each(['<!doctype html><title>Sign in</title>', '<html>', '  <HTML lang="en">'])(
    'fault 52: of 200 with a web page is a proxy or a sign-in page: %#',
    async (page) => {
      const error = await failure(answer(200, page, { 'content-type': 'text/html' }));
      expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', retryable: false });
      expect(error.message).toMatch(/proxy or a sign-in page/);
      expect(error.message).not.toContain('Sign in');
    },
  );

  it.each(['text/plain', 'text/html', 'application/octet-stream', ''])(
    'fault 53: of JSON as %j is taken for what it is',
    async (type) => {
      expect(
        (await credentialsOf(answer(200, SETTINGS, { 'content-type': type }))).generation,
      ).toBe(1);
    },
  );

  it.each(['', ' ', 'null', '[]', '"x"', '42', 'true', '{}'])(
    'fault 54: of the body %j is no answer',
    async (body) => {
      expect((await failure(answer(200, body))).code).toBe('QUIX_BAD_RESPONSE');
    },
  );

  it('fault 55: of 204 is no answer', async () => {
    expect((await failure(answer(204))).code).toBe('QUIX_BAD_RESPONSE');
  });

  it('fault 56: without end is cut off', async () => {
    const endless: Script = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n');
      const block = 'x'.repeat(1 << 16);
      const pump = (): void => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on('drain', pump);
      pump();
    };
    const error = await failure(endless, { timeoutMs: 5_000 });
    expect(error.message).toMatch(/more than 1048576 bytes/);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])(
    'fault 56: packed by %s, though identity was asked for, is never unpacked',
    async (encoding, pack) => {
      const server = await startServer(
        answer(200, pack(Buffer.alloc(10 << 20)), { 'content-encoding': encoding }),
      );
      const error = await errorOf(
        clientOf(server.origin, { timeoutMs: 600 }).getBrokerCredentials(),
      );
      expect(error.code).toBe('QUIX_BAD_RESPONSE');
      expect(server.heads[0]).toMatch(/accept-encoding: identity/i);
    },
  );

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'fault 57: with the key %s changes no prototype',
    async (key) => {
      const body = JSON.stringify(SETTINGS).replace('{', `{"${key}":{"polluted":true},`);
      expect((await credentialsOf(answer(200, body))).generation).toBe(1);
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    },
  );

  it('fault 58: with fields that are new is taken', async () => {
    const body = { ...SETTINGS, 'new.field': { deep: [1] }, another: null };
    expect((await credentialsOf(answer(200, body))).generation).toBe(1);
  });

  it.each([
    ['bootstrap.servers', undefined],
    ['bootstrap.servers', null],
    ['bootstrap.servers', 9093],
    ['security.protocol', ''],
    ['sasl.username', null],
    ['sasl.password', 271_828_182],
    ['sasl.mechanism', { a: 1 }],
    ['ssl.ca.cert', []],
  ])('fault 59: whose field %s is %j names the field and not the value', async (field, value) => {
    const error = await failure(answer(200, { ...SETTINGS, [field]: value }));
    expect(error.code).toBe('QUIX_BAD_RESPONSE');
    expect(error.message).toContain(field);
    expect(error.message).not.toContain('271828182');
  });

  it.each([
    ['an object', { message: 'Quota\u0007exceeded', correlationId: 'abc-123' }, 'Quota exceeded'],
    ['a JSON text', JSON.stringify('Quota exceeded'), 'Quota exceeded'],
    ['plain text', 'Quota exceeded', 'Quota exceeded'],
  ])('fault 60: of an error as %s is told to people', async (_, body, message) => {
    const error = await failure(answer(400, body));
    expect(error.message).toContain(message);
    if (typeof body === 'object') expect(error.correlationId).toBe('abc-123');
  });

  it('fault 60: of an error of a megabyte is told in short', async () => {
    const error = await failure(answer(400, { message: 'many words '.repeat(50_000) }));
    expect(error.message.length).toBeLessThan(1_000);
  });

  it('fault 91: that echoes the token in any form is not repeated', async () => {
    const token = randomSecret();
    for (const echo of [token, encodeURIComponent(token), Buffer.from(token).toString('base64')]) {
      for (const status of [400, 401, 403, 404, 500]) {
        const error = await failure(
          answer(status, { message: `not ${echo}`, correlationId: token }),
          { token, timeoutMs: 100 },
        );
        expectNoLeak(error, [token]);
      }
    }
  });
});
