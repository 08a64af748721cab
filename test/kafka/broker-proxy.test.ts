import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBrokerProxy, type BrokerProxy } from './support/broker-proxy.ts';
import { findFreePorts } from './support/free-ports.ts';

/** Longer than a loopback connection needs. */
const QUIET_MS = 100;

let broker: Server;
let proxy: BrokerProxy;
let client: Socket;
let received: string;

/** Sends text through the proxy to a server that returns it. */
async function roundTrip(text: string): Promise<number> {
  const start = performance.now();
  client.write(text);
  while (!received.endsWith(text)) await once(client, 'data');
  return performance.now() - start;
}

beforeEach(async () => {
  broker = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
  const [port = 0] = await findFreePorts(1);
  proxy = await startBrokerProxy(port, (broker.address() as AddressInfo).port);
  client = connect(port, '127.0.0.1');
  received = '';
  client.on('data', (chunk) => {
    received += String(chunk);
  });
  await once(client, 'connect');
});

afterEach(() => {
  client.destroy();
  proxy.close();
  broker.close();
});

describe('startBrokerProxy', () => {
  it('holds data while frozen, and delivers it in order afterwards', async () => {
    await roundTrip('a');
    proxy.freeze();
    client.write('b');
    await delay(QUIET_MS);
    expect(received).toBe('a');
    proxy.thaw();
    await roundTrip('c');
    expect(received).toBe('abc');
  });

  it('delivers data late in both directions until the delay is removed', async () => {
    proxy.delay(QUIET_MS);
    expect(await roundTrip('a')).toBeGreaterThanOrEqual(2 * QUIET_MS - 2);
    proxy.delay(0);
    expect(await roundTrip('b')).toBeLessThan(QUIET_MS);
  });

  it('refuses connections after close() until it listens again', async () => {
    const { remotePort: port = 0 } = client;
    const connectAgain = async (): Promise<void> => {
      const other = connect(port, '127.0.0.1');
      await once(other, 'connect');
      other.destroy();
    };
    proxy.close();
    await once(client, 'close');
    await expect(connectAgain()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.listen();
    await connectAgain();
  });

  it('closes open connections on both sides', async () => {
    await roundTrip('a');
    const count = (): Promise<number> =>
      new Promise((resolve) => {
        broker.getConnections((_error, found) => {
          resolve(found);
        });
      });
    expect(await count()).toBe(1);
    proxy.cut();
    await once(client, 'close');
    await delay(QUIET_MS);
    expect(await count()).toBe(0);
  });
});
