import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errorOf } from '../support/errors.ts';
import {
  answer,
  broken,
  closedPort,
  finish,
  reset,
  startListener,
  startServer,
  stall,
  type Script,
} from '../support/scripted-server.ts';
import { clientOf, good, SETTINGS } from './scripted-portal.ts';

const text = JSON.stringify(SETTINGS);
const half = text.slice(0, text.length / 2);
const length = { 'content-length': String(text.length) };

/** Expects that the client retries after one fault and succeeds. */
async function expectRetry(fault: Script): Promise<void> {
  const server = await startServer([fault, good]);
  const credentials = await clientOf(server.origin).getBrokerCredentials();
  expect(credentials.brokers).toEqual(['kafka.example:9093']);
  expect(server.heads.length).toBe(2);
}

/** Expects that the client reports a fault that persists until the deadline. */
async function expectFailure(fault: Script, code = 'QUIX_PORTAL_UNAVAILABLE'): Promise<void> {
  const server = await startServer(fault);
  const start = performance.now();
  const error = await errorOf(clientOf(server.origin, { timeoutMs: 400 }).getBrokerCredentials());
  expect(error).toMatchObject({ code, retryable: true });
  expect(error.message).toContain(server.host);
  expect(performance.now() - start).toBeLessThan(3_000);
}

describe('the connection to the Portal', () => {
  it(
    'is retried when it is refused, and the error names host, port and errno',
    { meta: { faults: [30] } },
    async () => {
      const port = await closedPort();
      const error = await errorOf(
        clientOf(`http://127.0.0.1:${port}`, { timeoutMs: 2_000 }).getBrokerCredentials(),
      );
      expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
      expect(error.message).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}.*ECONNREFUSED`));
      const late = createServer((socket: Socket) => {
        socket.once('data', () => {
          good(socket, '');
        });
      });
      const pending = clientOf(`http://127.0.0.1:${port}`).getBrokerCredentials();
      setTimeout(() => late.listen(port, '127.0.0.1'), 100);
      onTestFinished(() => {
        late.close();
      });
      expect((await pending).generation).toBe(1);
    },
  );

  it(
    'is retried when the host does not resolve, and the error names the host',
    { meta: { faults: [31] } },
    async () => {
      const error = await errorOf(
        clientOf('https://portal.invalid', { timeoutMs: 300 }).getBrokerCredentials(),
      );
      expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
      expect(error.message).toContain('portal.invalid');
    },
  );

  it(
    'is abandoned at the deadline when the TLS handshake never starts',
    { meta: { faults: [32] } },
    async () => {
      const silent = await startListener(stall);
      const origin = `https://127.0.0.1:${silent.port}`;
      const error = await errorOf(clientOf(origin, { timeoutMs: 400 }).getBrokerCredentials());
      expect(error.code).toBe('QUIX_PORTAL_UNAVAILABLE');
    },
  );

  it.each([
    ['reset', reset],
    ['closed', finish],
  ])(
    'is retried when it is %s before the response, and the fault is reported when it persists',
    { meta: { faults: [33] } },
    async (_, end) => {
      await expectRetry(end);
      await expectFailure(end);
    },
  );

  it.each([
    ['reset', reset],
    ['closed', finish],
  ])(
    'is retried when it is %s before the promised length, and the fault is reported when it persists',
    { meta: { faults: [34] } },
    async (_, end) => {
      await expectRetry(broken(length, half, end));
      await expectFailure(broken(length, half, end));
    },
  );

  it.each([
    ['closed', finish],
    ['reset', reset],
  ])(
    'is retried when it is %s before the end of a chunked body',
    { meta: { faults: [35] } },
    async (_, end) => {
      const chunk = `${half.length.toString(16)}\r\n${half}\r\n`;
      await expectRetry(broken({ 'transfer-encoding': 'chunked' }, chunk, end));
    },
  );

  it(
    'is retried when it is closed in an orderly way after half a body, which is not cached',
    { meta: { faults: [36] } },
    async () => {
      await expectRetry(broken({ connection: 'close' }, half, finish));
      await expectFailure(broken({ connection: 'close' }, half, finish), 'QUIX_BAD_RESPONSE');
    },
  );

  it.each([
    ['the headers arrive', (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\nx-slow: ')],
    ['the body arrives', broken(length, half, stall)],
  ])(
    'is abandoned at the deadline when %s one byte at a time',
    { meta: { faults: [37] } },
    async (_, slow) => {
      const dripping: Script = (socket, head) => {
        slow(socket, head);
        const drip = setInterval(() => socket.write(' '), 50);
        socket.on('close', () => {
          clearInterval(drip);
        });
      };
      await expectFailure(dripping);
    },
  );

  it(
    'reaches a new server at the same address without a new client',
    { meta: { faults: [38] } },
    async () => {
      const port = await closedPort();
      const origin = `http://127.0.0.1:${port}`;
      const client = clientOf(origin);
      const first = await startServer(good, undefined, port);
      await client.getBrokerCredentials();
      for (const socket of first.open) socket.destroy();
      expect((await client.getBrokerCredentials({ forceRefresh: true })).generation).toBe(2);
      expect(first.connections).toBe(2);
    },
  );

  it.each([
    ['not HTTP', (socket: Socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
    [
      'a megabyte of headers',
      (socket: Socket) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1 << 20)}\r\n\r\n`),
    ],
    ['only a status line', (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\n')],
  ])(
    'is retried until the deadline when the response is %s',
    { meta: { faults: [33] } },
    async (_, script) => {
      const server = await startServer(script);
      const error = await errorOf(
        clientOf(server.origin, { timeoutMs: 400 }).getBrokerCredentials(),
      );
      expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    },
  );

  it.each([
    ['a status line and half a header', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['half a status line', 'HTTP/1.1 2'],
  ])(
    'is retried when it is reset after %s, and the fault is reported when it persists',
    { meta: { faults: [33] } },
    async (_, begun) => {
      const fault: Script = (socket) => {
        socket.write(begun, () => setTimeout(reset, 10, socket));
      };
      await expectRetry(fault);
      await expectFailure(fault);
    },
  );

  it('may carry interim responses before the final one', { meta: { faults: [33] } }, async () => {
    const server = await startServer((socket, head) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(2));
      good(socket, head);
    });
    expect((await clientOf(server.origin).getBrokerCredentials()).generation).toBe(1);
  });

  it.each([
    ['two different lengths', 'content-length: 5\r\ncontent-length: 900\r\n'],
    ['a length that is not a number', 'content-length: many\r\n'],
    ['both a length and chunks', 'content-length: 5\r\ntransfer-encoding: chunked\r\n'],
  ])(
    'is abandoned at the deadline when each response has %s',
    { meta: { faults: [34] } },
    async (_, headers) => {
      await expectFailure((socket) => {
        socket.end(`HTTP/1.1 200 OK\r\n${headers}\r\n${text}`);
      });
    },
  );

  it('is retried after an invalid chunk', { meta: { faults: [35] } }, async () => {
    await expectRetry(broken({ 'transfer-encoding': 'chunked' }, 'zz\r\n', stall));
  });

  it('ignores a second response that was not requested', { meta: { faults: [33] } }, async () => {
    const other = { ...SETTINGS, 'bootstrap.servers': 'other.example:9093' };
    const server = await startServer((socket, head) => {
      good(socket, head);
      answer(200, other)(socket, head);
    });
    const client = clientOf(server.origin);
    expect((await client.getBrokerCredentials()).brokers).toEqual(['kafka.example:9093']);
    expect((await client.getBrokerCredentials({ forceRefresh: true })).brokers).toEqual([
      'kafka.example:9093',
    ]);
  });

  /** Creates a dispatcher that resolves each name to the IPv6 and the IPv4 loopback address. */
  const dualStack = (): Agent => {
    const agent = new Agent({
      connect: {
        autoSelectFamily: true,
        lookup: (_name, _options, done) => {
          done(null, [
            { address: '::1', family: 6 },
            { address: '127.0.0.1', family: 4 },
          ]);
        },
      },
    });
    onTestFinished(() => agent.destroy());
    return agent;
  };

  it(
    'works over IPv6, by address and by a name with addresses of both families',
    { meta: { faults: [30] } },
    async () => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', () => {
          good(socket, '');
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
      onTestFinished(() => {
        server.close();
      });
      const { port } = server.address() as AddressInfo;
      const byAddress = clientOf(`http://[::1]:${port}`);
      expect((await byAddress.getBrokerCredentials()).generation).toBe(1);
      const byName = clientOf(`http://localhost:${port}`, { dispatcher: dualStack() });
      expect((await byName.getBrokerCredentials()).generation).toBe(1);
    },
  );

  it(
    'falls back to IPv4 when IPv6 is refused, and a failure of both is reported',
    { meta: { faults: [30] } },
    async () => {
      const server = await startServer(good);
      const dispatcher = dualStack();
      const client = clientOf(`http://localhost:${server.port}`, { dispatcher });
      expect((await client.getBrokerCredentials()).generation).toBe(1);
      const origin = `http://localhost:${await closedPort()}`;
      const error = await errorOf(
        clientOf(origin, { dispatcher, timeoutMs: 1_500 }).getBrokerCredentials(),
      );
      expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
      expect(error.message).toContain('ECONNREFUSED');
    },
  );

  it(
    'works over IPv4 when localhost also has an IPv6 address',
    { meta: { faults: [30] } },
    async () => {
      const server = await startServer(answer(200, SETTINGS));
      const client = clientOf(`http://localhost:${server.port}`);
      expect((await client.getBrokerCredentials()).generation).toBe(1);
    },
  );
});
