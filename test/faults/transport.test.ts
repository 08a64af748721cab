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
import { clientOf, good, SETTINGS } from './portal-of-faults.ts';

const text = JSON.stringify(SETTINGS);
const half = text.slice(0, text.length / 2);
const length = { 'content-length': String(text.length) };

/** Goes wrong once, then well: what a retry bridges. */
async function isBridged(trouble: Script): Promise<void> {
  const server = await startServer([trouble, good]);
  const credentials = await clientOf(server.origin).getBrokerCredentials();
  expect(credentials.brokers).toEqual(['kafka.example:9093']);
  expect(server.heads.length).toBe(2);
}

/** Goes wrong until the deadline: what is said then. */
async function ends(trouble: Script, code = 'QUIX_PORTAL_UNAVAILABLE'): Promise<void> {
  const server = await startServer(trouble);
  const start = performance.now();
  const error = await errorOf(clientOf(server.origin, { timeoutMs: 400 }).getBrokerCredentials());
  expect(error).toMatchObject({ code, retryable: true });
  expect(error.message).toContain(server.host);
  expect(performance.now() - start).toBeLessThan(3_000);
}

describe('the way to the Portal', () => {
  it('fault 30: on which the connection is refused is tried again, and told by host, port and errno', async () => {
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
  });

  it('fault 31: whose host does not resolve is tried again, and told by the name', async () => {
    const error = await errorOf(
      clientOf('https://portal.invalid', { timeoutMs: 300 }).getBrokerCredentials(),
    );
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.message).toContain('portal.invalid');
  });

  it('fault 32: on which TLS never begins ends with the deadline', async () => {
    const silent = await startListener(stall);
    const origin = `https://127.0.0.1:${silent.port}`;
    const error = await errorOf(clientOf(origin, { timeoutMs: 400 }).getBrokerCredentials());
    expect(error.code).toBe('QUIX_PORTAL_UNAVAILABLE');
  });

  it.each([
    ['reset', reset],
    ['closed', finish],
  ])(
    'fault 33: that is %s before the answer is bridged, and told when it lasts',
    async (_, end) => {
      await isBridged(end);
      await ends(end);
    },
  );

  it.each([
    ['reset', reset],
    ['closed', finish],
  ])(
    'fault 34: that is %s before the promised length is bridged, and told when it lasts',
    async (_, end) => {
      await isBridged(broken(length, half, end));
      await ends(broken(length, half, end));
    },
  );

  it.each([
    ['closed', finish],
    ['reset', reset],
  ])('fault 35: on which a chunked body is %s without its end is bridged', async (_, end) => {
    const chunk = `${half.length.toString(16)}\r\n${half}\r\n`;
    await isBridged(broken({ 'transfer-encoding': 'chunked' }, chunk, end));
  });

  it('fault 36: on which half a body ends in good order is a bad response that may pass, and is not kept', async () => {
    await isBridged(broken({ connection: 'close' }, half, finish));
    await ends(broken({ connection: 'close' }, half, finish), 'QUIX_BAD_RESPONSE');
  });

  it.each([
    ['headers', (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\nx-slow: ')],
    ['a body', broken(length, half, stall)],
  ])('fault 37: on which %s come drop by drop ends with the deadline', async (_, slow) => {
    const dripping: Script = (socket, head) => {
      slow(socket, head);
      const drip = setInterval(() => socket.write(' '), 50);
      socket.on('close', () => {
        clearInterval(drip);
      });
    };
    await ends(dripping);
  });

  it('fault 38: leads to another server after the first one moved, without a new client', async () => {
    const port = await closedPort();
    const origin = `http://127.0.0.1:${port}`;
    const client = clientOf(origin);
    const first = await startServer(good, undefined, port);
    await client.getBrokerCredentials();
    for (const socket of first.open) socket.destroy();
    expect((await client.getBrokerCredentials({ forceRefresh: true })).generation).toBe(2);
    expect(first.connections).toBe(2);
  });

  it.each([
    ['bytes that are no HTTP', (socket: Socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
    [
      'headers of a megabyte',
      (socket: Socket) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1 << 20)}\r\n\r\n`),
    ],
    ['a status line and no more', (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\n')],
  ])('fault 33: that gives %s is an error of ours', async (_, script) => {
    const server = await startServer(script);
    const error = await errorOf(clientOf(server.origin, { timeoutMs: 400 }).getBrokerCredentials());
    expect(error.code).toMatch(/^QUIX_(?:PORTAL_UNAVAILABLE|BAD_RESPONSE)$/);
  });

  it.each([
    ['a status line and half a header', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['half a status line', 'HTTP/1.1 2'],
  ])('fault 33: that is reset after %s is bridged, and told when it lasts', async (_, begun) => {
    const trouble: Script = (socket) => {
      socket.write(begun, () => setTimeout(reset, 10, socket));
    };
    await isBridged(trouble);
    await ends(trouble);
  });

  it('fault 33: that gives interim answers before the real one is as good as any', async () => {
    const server = await startServer((socket, head) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(2));
      good(socket, head);
    });
    expect((await clientOf(server.origin).getBrokerCredentials()).generation).toBe(1);
  });

  it.each([
    ['two lengths that differ', 'content-length: 5\r\ncontent-length: 900\r\n'],
    ['a length that is no number', 'content-length: many\r\n'],
    ['a length and chunks', 'content-length: 5\r\ntransfer-encoding: chunked\r\n'],
  ])('fault 34: that gives %s is an error of ours, and nothing is kept', async (_, headers) => {
    await ends((socket) => {
      socket.end(`HTTP/1.1 200 OK\r\n${headers}\r\n${text}`);
    });
  });

  it('fault 35: on which a chunk is no chunk is bridged', async () => {
    await isBridged(broken({ 'transfer-encoding': 'chunked' }, 'zz\r\n', stall));
  });

  it('fault 33: on which a second answer comes unasked takes the first alone', async () => {
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

  /** A name that has both addresses, whatever this machine says of localhost. */
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

  it('fault 30: is found over IPv6 alone, by its address and by a name that has both', async () => {
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
  });

  it('fault 30: is found over IPv4 when IPv6 is refused, and told when both are', async () => {
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
  });

  it('fault 30: is found over IPv4 when localhost has IPv6, too', async () => {
    const server = await startServer(answer(200, SETTINGS));
    const client = clientOf(`http://localhost:${server.port}`);
    expect((await client.getBrokerCredentials()).generation).toBe(1);
  });
});
