import { connect, type Socket } from 'node:net';
import type { KafkaConfig } from 'kafkajs';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { startListener } from '../support/scripted-server.ts';

closeAfterEach();

/** Does what kafkajs does before it logs in. */
async function prepare({ brokers, sasl }: KafkaConfig) {
  if (typeof brokers === 'function') await brokers();
  if (!sasl || !('authenticationProvider' in sasl))
    throw new Error('The config has no authenticationProvider.');
  expect(sasl.mechanism).not.toBe('');
  return sasl.authenticationProvider;
}

it.each([
  ['a timeout', { name: 'KafkaJSRequestTimeoutError', retriable: true }],
  ['a lost connection', { name: 'KafkaJSConnectionError', code: 'ECONNRESET', retriable: true }],
  ['a closed connection', { name: 'KafkaJSConnectionClosedError', retriable: true }],
])(
  'does not exchange the token again after %s during a login',
  { meta: { faults: [97] } },
  async (_, details) => {
    const portal = await startPortal();
    const client = makeClient(portal, { workspaceId: portal.workspaceId });
    const authenticationProvider = await prepare(kafkaJSConfig(client));
    const failure = Object.assign(new Error('not now'), details);
    const { authenticate } = authenticationProvider({
      host: 'localhost',
      port: 9093,
      logger: {} as never,
      saslAuthenticate: () => Promise.reject(failure),
    });
    await expect(authenticate()).rejects.toBe(failure);
    await client.getBrokerCredentials();
    expect(portal.requests).toHaveLength(1);
  },
);

it(
  'keeps idle connections of kafkajs alive within the 4 minutes of a load balancer',
  { meta: { faults: [101] } },
  async () => {
    const { port } = await startListener((socket) => socket.resume());
    const portal = await startPortal();
    const { socketFactory } = kafkaJSConfig(makeClient(portal), { ssl: false });
    if (!socketFactory) throw new Error('The config has no socketFactory.');
    const sample = connect({ host: '127.0.0.1', port });
    onTestFinished(() => void sample.destroy());
    const keepAlive = vi.spyOn(Object.getPrototypeOf(sample) as Socket, 'setKeepAlive');
    const socket = await new Promise<Socket>((resolve) => {
      const made: Socket = socketFactory({
        host: '127.0.0.1',
        port,
        ssl: undefined as never,
        onConnect: () => {
          resolve(made);
        },
      });
    });
    onTestFinished(() => void socket.destroy());
    expect(keepAlive).toHaveBeenCalledWith(true, expect.any(Number));
    expect(keepAlive.mock.calls[0]?.[1]).toBeLessThan(180_000);
  },
);
