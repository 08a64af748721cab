import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { QuixClientOptions, QuixError } from 'quix-streams-auth';
import { errorOf } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { answer, startServer, type Headers, type Script } from '../support/scripted-server.ts';
import { clientOf, good, SETTINGS } from './scripted-portal.ts';

closeAfterEach();

/** Returns the error of a client if its Portal always sends the same response. */
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

describe('a 401 response', () => {
  it(
    'is followed by one attempt with the token that the source now returns, and by the event rotated',
    { meta: { faults: [39] } },
    async () => {
      const portal = await startPortal();
      const tokens = [portal.token1];
      // The last token is returned repeatedly.
      const token = (): string => (tokens.length > 1 ? tokens.shift() : tokens[0]) ?? '';
      const client = makeClient(portal, { token, env: {}, portalApi: portal.url });
      await client.getBrokerCredentials();
      const rotated: unknown[] = [];
      client.on('rotated', (change) => rotated.push(change));
      portal.rotateTokens();
      tokens.push(portal.token1);
      portal.requests.length = 0;
      await client.getBrokerCredentials({ forceRefresh: true });
      expect(portal.requests.map(({ status }) => status)).toEqual([401, 200]);
      expect(rotated).toHaveLength(1);
    },
  );

  it(
    'switches to the fallback token permanently, unless that token belongs to another workspace',
    { meta: { faults: [40] } },
    async () => {
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
    },
  );

  it(
    'is final when there is no other token, and the cached credentials stay and are marked stale',
    { meta: { faults: [41] } },
    async () => {
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
    },
  );

  it(
    'leaves the cached credentials in use when it occurs now and then, and costs at most one extra request per call',
    { meta: { faults: [42] } },
    async () => {
      const portal = await startPortal();
      const client = makeClient(portal, { workspaceId: portal.workspaceId });
      const held = await client.getBrokerCredentials();
      for (let round = 0; round < 5; round++) {
        portal.faults.push({ status: 401 });
        await client.getBrokerCredentials({ forceRefresh: true }).catch(() => undefined);
        expect((await client.getBrokerCredentials()).sameAs(held)).toBe(true);
      }
      expect(portal.requests.length).toBeLessThanOrEqual(11);
    },
  );
});

describe('a client', () => {
  it(
    'reports a 403 as final and names the workspace and the message of the Portal',
    { meta: { faults: [43] } },
    async () => {
      const error = await failure(answer(403, { message: 'No Read permission.' }));
      expect(error).toMatchObject({ code: 'QUIX_FORBIDDEN', retryable: false });
      expect(error.message).toMatch(/workspace org-project-dev.*No Read permission/);
    },
  );

  it(
    'suggests the closest workspace id after a 404 for the workspace',
    { meta: { faults: [44] } },
    async () => {
      const portal = await startPortal();
      const error = await errorOf(
        makeClient(portal, { workspaceId: 'org-project-dve' }).getBrokerCredentials(),
      );
      expect(error.code).toBe('QUIX_WORKSPACE_NOT_FOUND');
      expect(error.message).toContain('Did you mean org-project-dev?');
    },
  );

  it(
    'questions the Portal URL after a 404 with a web page',
    { meta: { faults: [45] } },
    async () => {
      const error = await failure(answer(404, '<!doctype html><h1>Not here</h1>'));
      expect(error.message).toMatch(/Portal URL/);
      expect(error.message).not.toContain('Not here');
    },
  );

  it.each([408, 425, 429, 500, 502, 503, 504, 520, 522, 526, 529])(
    'retries after status %i and reports the Portal as unavailable when the status persists',
    { meta: { faults: [46] } },
    async (status) => {
      const server = await startServer([answer(status), good]);
      expect((await clientOf(server.origin).getBrokerCredentials()).generation).toBe(1);
      const error = await failure(answer(status), { timeoutMs: 150 });
      expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    },
  );

  const wait = (value: string | string[], more: Headers = {}): Script =>
    answer(429, '', { 'retry-after': value, ...more });

  it('waits the full second that a 429 asks for', { meta: { faults: [47] } }, async () => {
    const server = await startServer([wait('1'), good]);
    const start = performance.now();
    await clientOf(server.origin).getBrokerCredentials();
    expect(performance.now() - start).toBeGreaterThanOrEqual(990);
  });

  it(
    'fails at once when a 429 asks for more time than the deadline allows',
    { meta: { faults: [47] } },
    async () => {
      const start = performance.now();
      const error = await failure(wait('5'));
      expect(error.retryAfterMs).toBeGreaterThan(4_000);
      expect(performance.now() - start).toBeLessThan(500);
    },
  );

  it(
    'measures a Retry-After date from the Date header and retries at once after a past date',
    { meta: { faults: [48] } },
    async () => {
      const date = (seconds: number): string =>
        new Date(1_700_000_000_000 + seconds * 1000).toUTCString();
      const error = await failure(wait(date(20), { date: date(0) }));
      expect(error.retryAfterMs).toBeGreaterThan(18_000);
      expect(error.retryAfterMs).toBeLessThanOrEqual(20_000);
      const server = await startServer([wait(date(-60), { date: date(0) }), good]);
      expect((await clientOf(server.origin).getBrokerCredentials()).generation).toBe(1);
    },
  );

  it.each(['soon', '', '-3', '1.5', '1000abc', '1e9', '٣', ['1', '2']])(
    'ignores the invalid Retry-After value %j',
    { meta: { faults: [49] } },
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

  it(
    'remembers a Retry-After of a day, so that later calls fail without a request',
    { meta: { faults: [50] } },
    async () => {
      const server = await startServer(wait('86400'));
      const client = clientOf(server.origin, { timeoutMs: 1_000 });
      const first = await errorOf(client.getBrokerCredentials());
      expect(first).toMatchObject({ status: 429, retryAfterMs: 86_400_000 });
      const later = await errorOf(client.getBrokerCredentials());
      expect(later).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
      expect(later.retryAfterMs).toBeLessThanOrEqual(60_000);
      expect(server.heads).toHaveLength(1);
    },
  );

  it.each([301, 302, 303, 307, 308])(
    'does not follow a redirect with status %i and names only the origin of its target',
    { meta: { faults: [51] } },
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
    'takes a web page with status 200 for a proxy or a sign-in page (%#)',
    { meta: { faults: [52] } },
    async (page) => {
      const error = await failure(answer(200, page, { 'content-type': 'text/html' }));
      expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', retryable: false });
      expect(error.message).toMatch(/proxy or a sign-in page/);
      expect(error.message).not.toContain('Sign in');
    },
  );

  it.each(['text/plain', 'text/html', 'application/octet-stream', ''])(
    'accepts JSON with the content type %j',
    { meta: { faults: [53] } },
    async (type) => {
      expect(
        (await credentialsOf(answer(200, SETTINGS, { 'content-type': type }))).generation,
      ).toBe(1);
    },
  );

  it.each(['', ' ', 'null', '[]', '"x"', '42', 'true', '{}'])(
    'rejects the body %j as a bad response',
    { meta: { faults: [54] } },
    async (body) => {
      expect((await failure(answer(200, body))).code).toBe('QUIX_BAD_RESPONSE');
    },
  );

  it('rejects a 204 as a bad response', { meta: { faults: [55] } }, async () => {
    expect((await failure(answer(204))).code).toBe('QUIX_BAD_RESPONSE');
  });

  it('stops reading an endless body', { meta: { faults: [56] } }, async () => {
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
    expect(error.message).toMatch(/8388608 bytes/);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])(
    'asks for an uncompressed body, and stops decompressing a %s bomb at the limit',
    { meta: { faults: [56, 121] } },
    async (encoding, pack) => {
      const server = await startServer(
        answer(200, pack(Buffer.alloc(20 << 20)), { 'content-encoding': encoding }),
      );
      const error = await errorOf(clientOf(server.origin).getBrokerCredentials());
      expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', retryable: false });
      expect(error.message).toContain('longer than the limit of 8388608 bytes');
      expect(server.heads).toHaveLength(1);
      expect(server.heads[0]).toMatch(/accept-encoding: identity/i);
    },
  );

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['gzip, br', (body: Buffer) => brotliCompressSync(gzipSync(body))],
    ['identity', (body: Buffer) => body],
  ] as const)(
    'decodes the body of a response or an error with the content encoding %s',
    { meta: { faults: [121] } },
    async (encoding, pack) => {
      const packed = (status: number, body: object) =>
        answer(status, pack(Buffer.from(JSON.stringify(body))), { 'content-encoding': encoding });
      expect((await credentialsOf(packed(200, SETTINGS))).brokers).toEqual(['kafka.example:9093']);
      const error = await failure(packed(403, { message: 'No access.' }), { timeoutMs: 5_000 });
      expect(error.message).toContain('"No access"');
    },
  );

  it(
    'names an unsupported content encoding, unless it contains a token',
    { meta: { faults: [121] } },
    async () => {
      const error = await failure(answer(200, SETTINGS, { 'content-encoding': 'zstd' }));
      expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', retryable: false });
      expect(error.message).toContain('content encoding "zstd"');
      expect(error.message).toContain('Accept-Encoding');
      const token = randomSecret();
      const server = await startServer(answer(200, SETTINGS, { 'content-encoding': token }));
      const leaky = await errorOf(clientOf(server.origin, { token }).getBrokerCredentials());
      expect(leaky.code).toBe('QUIX_BAD_RESPONSE');
      expectNoLeak(leaky, [token]);
    },
  );

  it.each([
    ['cut off', (body: Buffer) => body.subarray(0, -12)],
    ['damaged', (body: Buffer) => Buffer.from(body).fill(0, 10, 30)],
    ['not compressed at all', () => Buffer.from('{"a":1}')],
  ])(
    'retries after a compressed body that is %s',
    { meta: { faults: [121] } },
    async (_, damage) => {
      const headers = { 'content-encoding': 'gzip' };
      const body = gzipSync(JSON.stringify(SETTINGS));
      const bad = answer(200, damage(body), headers);
      const server = await startServer([bad, answer(200, body, headers)]);
      expect((await clientOf(server.origin).getBrokerCredentials()).generation).toBe(1);
      const error = await failure(bad, { timeoutMs: 1_500 });
      expect(error).toMatchObject({ code: 'QUIX_BAD_RESPONSE', retryable: true });
      expect(error.message).toContain('could not be decompressed (gzip)');
    },
  );

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'changes no prototype when a response contains the key %s',
    { meta: { faults: [57] } },
    async (key) => {
      const body = JSON.stringify(SETTINGS).replace('{', `{"${key}":{"polluted":true},`);
      expect((await credentialsOf(answer(200, body))).generation).toBe(1);
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    },
  );

  it('ignores unknown fields', { meta: { faults: [58] } }, async () => {
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
  ])(
    'names the field %s, but not its value, when the value is %j',
    { meta: { faults: [59] } },
    async (field, value) => {
      const error = await failure(answer(200, { ...SETTINGS, [field]: value }));
      expect(error.code).toBe('QUIX_BAD_RESPONSE');
      expect(error.message).toContain(field);
      expect(error.message).not.toContain('271828182');
    },
  );

  it.each([
    ['an object', { message: 'Quota\u0007exceeded', correlationId: 'abc-123' }, 'Quota exceeded'],
    ['a JSON text', JSON.stringify('Quota exceeded'), 'Quota exceeded'],
    ['plain text', 'Quota exceeded', 'Quota exceeded'],
  ])(
    'quotes the message of an error body that is %s',
    { meta: { faults: [60] } },
    async (_, body, message) => {
      const error = await failure(answer(400, body));
      expect(error.message).toContain(message);
      if (typeof body === 'object') expect(error.correlationId).toBe('abc-123');
    },
  );

  it(
    'shortens the message of an error body of half a megabyte',
    { meta: { faults: [60] } },
    async () => {
      const error = await failure(answer(400, { message: 'many words '.repeat(50_000) }));
      expect(error.message.length).toBeLessThan(1_000);
    },
  );

  it(
    'does not repeat a token that the Portal echoes in any encoding',
    { meta: { faults: [91] } },
    async () => {
      const token = randomSecret();
      for (const echo of [
        token,
        encodeURIComponent(token),
        Buffer.from(token).toString('base64'),
      ]) {
        for (const status of [400, 401, 403, 404, 500]) {
          const error = await failure(
            answer(status, { message: `not ${echo}`, correlationId: token }),
            { token, timeoutMs: 100 },
          );
          expectNoLeak(error, [token]);
        }
      }
    },
  );
});
