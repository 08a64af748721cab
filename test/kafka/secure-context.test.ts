import { once } from 'node:events';
import tls, { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { Producer } from '@platformatic/kafka';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BrokerCredentials } from '../../src/credentials/index.ts';
import { secureContext } from '../../src/kafka/secure-context.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { startTlsBroker, type TlsBroker } from '../support/tls-broker.ts';

let broker: TlsBroker;

beforeAll(async () => {
  broker = await startTlsBroker();
});
afterAll(() => broker[Symbol.asyncDispose]());
closeAfterEach();

function snapshot(ca?: string): BrokerCredentials {
  return new BrokerCredentials(
    { workspaceId: 'w', brokers: ['localhost:1'], securityProtocol: 'SSL', ca },
    { generation: 1, obtainedAt: new Date() },
  );
}

/** Resolves to whether the broker is trusted once the handshake is over. */
async function authorized(socket: TLSSocket): Promise<boolean> {
  try {
    await once(socket, 'secureConnect');
    return socket.authorized;
  } finally {
    socket.destroy();
  }
}

function handshake(credentials: BrokerCredentials): Promise<boolean> {
  const { port } = broker;
  const context = secureContext(credentials);
  return authorized(
    connect({ host: '127.0.0.1', port, servername: 'localhost', secureContext: context }),
  );
}

describe('what secures the connections of a snapshot', () => {
  it('trusts a broker of its own CA, for each of them', async () => {
    const credentials = snapshot(broker.ca);
    expect(await handshake(credentials)).toBe(true);
    expect(await handshake(credentials)).toBe(true);
  });

  it.each([
    ['another CA', async () => (await createCertificateAuthority('Other CA')).certificate],
    ["the system's roots", () => undefined],
  ])('does not trust it with %s', async (_, theirCa) => {
    await expect(handshake(snapshot(await theirCa()))).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_/) as string,
    });
  });

  it('is made once for a snapshot, and anew for a newer one with the same CA', () => {
    const credentials = snapshot(broker.ca);
    expect(secureContext(credentials)).toBe(secureContext(credentials));
    expect(secureContext(snapshot(broker.ca))).not.toBe(secureContext(credentials));
  });
});

/** A client of a Portal that says that the broker wants TLS with its own CA. */
async function clientOfTlsBroker() {
  const portal = await startPortal();
  const { port, ca } = broker;
  portal.setBroker({ brokers: [`localhost:${port}`], securityProtocol: 'SSL', ca });
  const quix = makeClient(portal);
  await quix.getBrokerCredentials();
  return quix;
}

/** The sockets that kafkajs would have. */
async function kafkaJSSockets(ssl?: ConnectionOptions): Promise<() => TLSSocket> {
  const config = kafkaJSConfig(await clientOfTlsBroker(), ssl && { ssl });
  if (typeof config.brokers === 'function') await config.brokers();
  const { port } = broker;
  return () =>
    config.socketFactory?.({
      host: 'localhost',
      port,
      ssl: {},
      onConnect: () => undefined,
    }) as TLSSocket;
}

describe('kafkajs', () => {
  it('has it made by the first of its connections', async () => {
    const connectSocket = await kafkaJSSockets();
    const make = vi.spyOn(tls, 'createSecureContext');
    for (let count = 0; count < 3; count++) {
      expect(await authorized(connectSocket())).toBe(true);
    }
    expect(make).toHaveBeenCalledTimes(1);
    make.mockRestore();
  });

  it("has the user's own TLS options completed with the CA", async () => {
    const connectSocket = await kafkaJSSockets({ maxVersion: 'TLSv1.2' });
    const socket = connectSocket();
    let protocol: string | null = null;
    socket.once('secureConnect', () => (protocol = socket.getProtocol()));
    expect(await authorized(socket)).toBe(true);
    expect(protocol).toBe('TLSv1.2');
  });

  it("leaves the user's own CA in its place", async () => {
    const { certificate } = await createCertificateAuthority('Other CA');
    const connectSocket = await kafkaJSSockets({ ca: certificate });
    await expect(authorized(connectSocket())).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_/) as string,
    });
  });
});

describe('@platformatic/kafka', () => {
  it('has it made by the first of its connections', async () => {
    const producer = platformaticClient(await clientOfTlsBroker(), Producer, { retries: 2 });
    const make = vi.spyOn(tls, 'createSecureContext');
    const connected = vi.fn();
    producer.connections.on('connect', connected);
    await expect(producer.metadata({ topics: [] })).rejects.toThrow(); // the broker hangs up
    expect(connected.mock.calls.length).toBeGreaterThan(1);
    expect(make).toHaveBeenCalledTimes(1);
    make.mockRestore();
    await producer.close();
  });
});
