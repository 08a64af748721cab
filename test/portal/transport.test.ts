import { gzipSync } from 'node:zlib';
import { Agent, type Dispatcher } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAX_BODY_BYTES } from '../../src/portal/response-body.ts';
import type { HttpRequest, Transport } from '../../src/portal/transport.ts';
import { Token } from '../../src/token/index.ts';
import { createSelfSigned } from '../support/certificates.ts';
import { startConnectProxy, tunnelTo } from '../support/connect-proxy.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { failureOf, makeTransport } from '../support/portal-access.ts';
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

const token = randomSecret();

function send(transport: Transport, request: Partial<HttpRequest> = {}) {
  return transport.send({
    path: ['workspaces'],
    token: new Token(token, 'argument'),
    signal: new AbortController().signal,
    timeoutMs: 5_000,
    ...request,
  });
}

/** Sends one attempt and returns its error, which must not contain the token. */
async function failure(origin: string, request: Partial<HttpRequest> = {}) {
  const error = await failureOf(() => send(makeTransport(origin), request));
  expectNoLeak(error, [token]);
  return error;
}

it('sends 200 concurrent requests on 16 connections', async () => {
  const server = await startServer((socket, head) => {
    setTimeout(answer(200, {}), 5, socket, head);
  });
  const transport = makeTransport(server.origin);
  const responses = await Promise.all(Array.from({ length: 200 }, () => send(transport)));
  expect(responses.every(({ status }) => status === 200)).toBe(true);
  expect(server.heads).toHaveLength(200);
  expect(server.connections).toBe(16);
});

describe('a request', () => {
  it('has headers with the token, the API version and the user agent, and accepts only uncompressed JSON', async () => {
    const server = await startServer(answer(200, []));
    await send(makeTransport(server.origin, { userAgent: 'service/2 auth/1' }));
    const lines = server.heads[0]?.toLowerCase().split('\r\n');
    expect(lines?.[0]).toBe('get /workspaces http/1.1');
    expect(lines?.slice(1).sort()).toEqual(
      [
        `host: ${server.host}`,
        'connection: keep-alive',
        `authorization: bearer ${token}`,
        'accept: application/json',
        'accept-encoding: identity',
        'user-agent: service/2 auth/1',
        'x-version: 2.0',
      ].sort(),
    );
    expect(server.heads[0]).toContain(`Bearer ${token}`);
  });

  it('with a body has the content type of JSON', async () => {
    let received = '';
    const server = await startListener((socket) =>
      socket.on('data', (chunk) => {
        received += chunk.toString();
        if (received.endsWith('}')) answer(200, [])(socket, received);
      }),
    );
    await send(makeTransport(server.origin), { body: { a: 1 } });
    expect(received).toMatch(/^POST \/workspaces HTTP/);
    expect(received).toContain('content-type: application/json\r\n');
    expect(received.split('\r\n\r\n')[1]).toBe('{"a":1}');
  });

  it('has a path below the base path, with each segment encoded', async () => {
    const server = await startServer(answer(200, []));
    await send(makeTransport(`${server.origin}/base/v2`), { path: ['a b', 'c/d?e', 'ü'] });
    expect(server.heads[0]).toMatch(/^GET \/base\/v2\/a%20b\/c%2Fd%3Fe\/%C3%BC HTTP/);
  });

  it('is not sent for a path that leads to another endpoint', async () => {
    const server = await startServer(answer(200, []));
    const error = await failure(server.origin, { path: ['workspaces', '..'] });
    expect(error.code).toBe('QUIX_CONFIG');
    expect(server.connections).toBe(0);
  });

  it('is not sent when its signal was aborted before', async () => {
    const server = await startServer(answer(200, []));
    const reason = new Error('closed');
    const sent = send(makeTransport(server.origin), { signal: AbortSignal.abort(reason) });
    await expect(sent).rejects.toBe(reason);
    expect(server.connections).toBe(0);
  });

  it('reuses the connection of the previous one, even if it is sent immediately', async () => {
    const server = await startServer(answer(200, []));
    const transport = makeTransport(server.origin);
    await send(transport);
    await send(transport);
    expect(server.heads).toHaveLength(2);
    expect(server.connections).toBe(1);
  });

  it('is counted when it is sent, even if it fails', async () => {
    const transport = makeTransport(`http://127.0.0.1:${await closedPort()}`);
    expect(transport.requests).toBe(0);
    await failureOf(() => send(transport));
    await failureOf(() => send(transport, { path: ['..'] }));
    expect(transport.requests).toBe(1);
  });
});

describe('a response', () => {
  it.each([200, 204, 302, 401, 503])('with status %i is returned unchanged', async (status) => {
    const body = status === 204 ? '' : '{"message":"grüße"}';
    const server = await startServer(answer(status, body, { 'Retry-After': '3' }));
    const response = await send(makeTransport(server.origin));
    expect(response).toMatchObject({ status, text: body, headers: { 'retry-after': '3' } });
  });

  it('may arrive slowly and in chunks', async () => {
    const server = await startServer((socket) => {
      const pieces = ['HTTP/1.1 200 OK\r\ntransfer-encod', 'ing: chunked\r\n\r\n', '2\r\n[1\r\n'];
      [...pieces, '2\r\n,2\r\n', '1\r\n]\r\n0\r\n\r\n'].forEach((piece, index) =>
        setTimeout(() => socket.write(piece), 10 * index),
      );
    });
    expect(await send(makeTransport(server.origin))).toMatchObject({ text: '[1,2]' });
  });

  it('may be 8 MiB long', async () => {
    const server = await startServer(answer(200, 'x'.repeat(MAX_BODY_BYTES)));
    expect((await send(makeTransport(server.origin))).text).toHaveLength(8 * 1024 * 1024);
  });

  it('without a length ends when the connection ends', async () => {
    const server = await startServer(broken({}, '[]', finish));
    expect(await send(makeTransport(server.origin))).toMatchObject({ text: '[]' });
  });

  it('is decompressed up to the limit', async () => {
    const pack = (bytes: number) =>
      answer(200, gzipSync(Buffer.alloc(bytes, 'x')), { 'content-encoding': 'gzip' });
    const server = await startServer([pack(MAX_BODY_BYTES), pack(MAX_BODY_BYTES + 1)]);
    const transport = makeTransport(server.origin);
    expect((await send(transport)).text).toHaveLength(MAX_BODY_BYTES);
    expect(await send(transport)).toMatchObject({
      text: undefined,
      problem: { description: expect.stringContaining('8388608 bytes') as unknown },
    });
  });
});

/** Sends an endless body as fast as the client reads it. */
const flood =
  (headers: string): Script =>
  (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\n${headers}\r\n`);
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const pump = (): void => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', pump);
    pump();
  };

describe('a response that is too long', () => {
  it.each([
    ['with a length', 'content-length: 1000000000\r\n'],
    ['without a length', ''],
  ])('%s is returned without its body, and the connection is closed', async (_, headers) => {
    const server = await startServer(flood(headers));
    const sockets = server.open;
    const response = await send(makeTransport(server.origin));
    expect(response).toMatchObject({ status: 200, text: undefined });
    await expect.poll(() => sockets.size).toBe(0);
  });

  it.each([300, 503])('keeps its headers when its status is %i', async (status) => {
    const body = 'x'.repeat(2 * MAX_BODY_BYTES);
    const server = await startServer(answer(status, body, { 'retry-after': '7' }));
    const response = await send(makeTransport(server.origin));
    expect(response).toMatchObject({ status, text: undefined, headers: { 'retry-after': '7' } });
  });
});

describe('a failed connection is a retryable error that contains only the code', () => {
  it('when the connection is refused', async () => {
    const port = await closedPort();
    const error = await failure(`http://127.0.0.1:${port}`);
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.summary).toMatch(new RegExp(`127\\.0\\.0\\.1:${port} .*\\(ECONNREFUSED\\)`));
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('when the connection is reset at once', async () => {
    const server = await startListener(reset);
    const error = await failure(server.origin);
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.message).toMatch(/\((?:ECONNRESET|UND_ERR_SOCKET)\)/);
  });

  const half = '{"bootstrap.servers":"brok';
  it.each<[string, Script, RegExp]>([
    ['the connection is reset before the response', reset, /ECONNRESET|UND_ERR_SOCKET/],
    ['the connection ends before the response', finish, /UND_ERR_SOCKET/],
    [
      'the connection is reset within the headers',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-ty', () => {
          reset(socket);
        });
      },
      /ECONNRESET|UND_ERR_SOCKET/,
    ],
    [
      'the connection is reset within the body',
      broken({ 'content-length': '500' }, half, reset),
      /ECONNRESET|UND_ERR_SOCKET|UND_ERR_ABORTED/,
    ],
    [
      'the body is shorter than its length',
      broken({ 'content-length': '500' }, half, finish),
      /UND_ERR_/,
    ],
    [
      'the last chunk is missing',
      broken({ 'transfer-encoding': 'chunked' }, `1a\r\n${half}\r\n`, finish),
      /UND_ERR_|HPE_/,
    ],
    [
      'a chunk has no length',
      broken({ 'transfer-encoding': 'chunked' }, 'what?\r\n', stall),
      /HTTPParserError|HPE_INVALID_CHUNK_SIZE/,
    ],
    [
      'the server speaks SMTP',
      (socket) => socket.write('220 mail.example ESMTP\r\n'),
      /HTTPParserError|HPE_INVALID_CONSTANT/,
    ],
    [
      'the server speaks TLS',
      (socket) => socket.write(Buffer.from('1503010002022800', 'hex')),
      /HTTPParserError|HPE_INVALID_CONSTANT/,
    ],
    [
      'the headers are too long',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`),
      /UND_ERR_HEADERS_OVERFLOW|HPE_HEADER_OVERFLOW/,
    ],
  ])('when %s', async (_, script, code) => {
    const server = await startServer(script);
    const error = await failure(server.origin);
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.message).toContain(server.host);
    expect(error.message).toMatch(code);
    expect(`${error.cause?.name} ${error.cause?.message}`).toMatch(code);
    expect(error.message).not.toMatch(/bootstrap|ESMTP|what\?/);
  });

  it('with a hint when the server does not speak HTTP', async () => {
    const server = await startServer((socket) => socket.write('SSH-2.0-OpenSSH_9.9\r\n'));
    expect((await failure(server.origin)).hint).toMatch(/HTTP.*Portal URL/);
  });

  it.each(['ENOTFOUND', 'EAI_AGAIN'])(
    'when the host name cannot be resolved (%s)',
    async (code) => {
      const lookup = (_host: string, _options: unknown, callback: (error: Error) => void): void => {
        callback(Object.assign(new Error(`getaddrinfo ${code}`), { code }));
      };
      const dispatcher = new Agent({ connect: { lookup: lookup as never } });
      onTestFinished(() => dispatcher.close());
      const transport = makeTransport('https://portal.example', { dispatcher });
      const error = await failureOf(() => send(transport));
      expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
      expect(error.summary).toMatch(new RegExp(`portal\\.example .*\\(${code}\\)`));
      expect(error.hint).toContain('DNS');
    },
  );
});

describe('a slow server', () => {
  it('causes a timeout when the response does not start in time', async () => {
    const server = await startServer(stall);
    const error = await failure(server.origin, { timeoutMs: 50 });
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.message).toContain('UND_ERR_HEADERS_TIMEOUT');
  });

  it('causes a timeout when the body stops', async () => {
    const server = await startServer(broken({ 'content-length': '500' }, '[', stall));
    const error = await failure(server.origin, { timeoutMs: 50 });
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.message).toContain('UND_ERR_BODY_TIMEOUT');
  });

  /** Sends one byte every 10 ms, so that no limit for silence applies. */
  const drip =
    (text: string): Script =>
    (socket) => {
      let next = 0;
      const timer = setInterval(() => socket.write(text[next++ % text.length] ?? ''), 10);
      socket.on('close', () => {
        clearInterval(timer);
      });
    };

  it.each<[string, Script]>([
    ['the headers arrive byte by byte', drip('HTTP/1.1 200 OK\r\n'.padEnd(5_000, 'x'))],
    [
      'the body arrives byte by byte',
      (socket, head) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        drip(' ')(socket, head);
      },
    ],
    ['nothing arrives', stall],
  ])('is abandoned with the reason of the signal when it aborts while %s', async (_, script) => {
    const server = await startServer(script);
    const controller = new AbortController();
    const reason = new Error('the deadline');
    setTimeout(() => {
      controller.abort(reason);
    }, 80);
    const start = performance.now();
    const sent = send(makeTransport(server.origin), { signal: controller.signal });
    await expect(sent).rejects.toBe(reason);
    expect(performance.now() - start).toBeLessThan(4_000);
    await expect.poll(() => server.open.size).toBe(0);
  });
});

describe('a redirect', () => {
  it('is not followed: the target is never contacted', async () => {
    const target = await startServer(answer(200, []));
    const server = await startServer(answer(307, '', { location: `${target.origin}/workspaces` }));
    expect(await send(makeTransport(server.origin))).toMatchObject({ status: 307 });
    expect(target.connections).toBe(0);
    expect(server.heads).toHaveLength(1);
  });
});

describe('close', () => {
  it('rejects open requests and closes all connections', async () => {
    const server = await startServer(stall);
    const transport = makeTransport(server.origin);
    const sent = failureOf(() => send(transport));
    await expect.poll(() => server.heads.length).toBe(1);
    await transport.close();
    expect(await sent).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE' });
    await expect.poll(() => server.open.size).toBe(0);
  });

  it('can be called twice, and before the first request', async () => {
    const transport = makeTransport('http://127.0.0.1:1');
    await expect(transport.close()).resolves.toBeUndefined();
    await expect(transport.close()).resolves.toBeUndefined();
  });

  it('closes a dispatcher that is still being created', async () => {
    const server = await startServer(stall);
    const transport = makeTransport(server.origin);
    const sent = failureOf(() => send(transport));
    await transport.close();
    expect(await sent).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE' });
    expect(server.heads).toEqual([]);
  });
});

describe('a dispatcher that cannot be created', () => {
  it('is created again for the next request', async () => {
    const server = await startServer(answer(200, []), await createSelfSigned(['portal.example']));
    const proxy = await startConnectProxy(tunnelTo(server.port));
    const env = { https_proxy: 'not a URL' };
    const transport = makeTransport('https://portal.example', { env });
    expect(await failureOf(() => send(transport))).toMatchObject({ code: 'QUIX_CONFIG' });
    env.https_proxy = proxy.url;
    expect(await failureOf(() => send(transport))).toMatchObject({ code: 'QUIX_PORTAL_TLS' });
    expect(proxy.heads).toHaveLength(1);
  });

  it('does not keep the transport from being closed', async () => {
    const env = { https_proxy: 'not a URL' };
    const transport = makeTransport('https://portal.example', { env });
    const sent = failureOf(() => send(transport));
    await expect(transport.close()).resolves.toBeUndefined();
    expect(await sent).toMatchObject({ code: 'QUIX_CONFIG' });
  });
});

describe('a dispatcher that the user passed', () => {
  it('sends the requests and stays open after close()', async () => {
    const server = await startServer(answer(200, []));
    let dispatched = 0;
    const agent = new Agent();
    onTestFinished(() => agent.close());
    const dispatcher = agent.compose((dispatch) => (options, handler) => {
      dispatched++;
      return dispatch(options, handler);
    });
    const transport = makeTransport(server.origin, { dispatcher });
    await send(transport);
    await transport.close();
    await send(transport);
    expect(dispatched).toBe(2);
    expect(agent.destroyed).toBe(false);
  });

  it('is not called a proxy of the environment in an error', async () => {
    const dispatcher = failing(() => {
      throw new Error('no');
    });
    const env = { https_proxy: 'http://proxy.example:3128' };
    const transport = makeTransport('https://portal.example', { dispatcher, env });
    expect((await failureOf(() => send(transport))).message).not.toContain('proxy');
  });

  const failing = (dispatch: Dispatcher['dispatch']): Dispatcher =>
    Object.assign(Object.create(Agent.prototype) as Dispatcher, { dispatch });

  const hostile = new Proxy(new Error(token), {
    get() {
      throw new Error(token);
    },
  });

  it.each<[string, unknown]>([
    ['an error', Object.assign(new Error(token), { body: token, code: 'UND_ERR_SOCKET' })],
    ['an error with the token in its cause', new TypeError(token, { cause: new Error(token) })],
    ['an error with getters that throw', hostile],
    ['a text', token],
    ['undefined', undefined],
    ['null', null],
  ])(
    'that throws or reports %s causes an error like that of the network, without the token',
    async (_, thrown) => {
      const throwing = failing(() => {
        throw thrown;
      });
      const reporting = failing((_options, handler) => {
        handler.onResponseError?.({} as Dispatcher.DispatchController, thrown as Error);
        return true;
      });
      for (const dispatcher of [throwing, reporting]) {
        const transport = makeTransport('https://portal.example', { dispatcher });
        const error = await failureOf(() => send(transport));
        expectNoLeak(error, [token]);
        expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
      }
    },
  );
});
