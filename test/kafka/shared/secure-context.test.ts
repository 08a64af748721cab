import { once } from 'node:events';
import tls, { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { Producer } from '@platformatic/kafka';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { platformaticClient } from 'quix-streams-auth/platformatic';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BrokerCredentials } from '../../../src/credentials/index.ts';
import { secureContextFor } from '../../../src/kafka/shared/secure-context.ts';
import { createCertificateAuthority } from '../../support/certificates.ts';
import { closeAfterEach, makeClient, startPortal } from '../../support/portal-clients.ts';
import { startTlsBroker, type TlsBroker } from '../../support/tls-broker.ts';

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

/** Resolves after the handshake to whether the broker's certificate was verified. */
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
  const context = secureContextFor(credentials);
  return authorized(
    connect({ host: '127.0.0.1', port, servername: 'localhost', secureContext: context }),
  );
}

describe('secureContextFor()', () => {
  it('verifies a broker with a certificate of the CA of the snapshot', async () => {
    const credentials = snapshot(broker.ca);
    expect(await handshake(credentials)).toBe(true);
    expect(await handshake(credentials)).toBe(true);
  });

  it.each([
    ['another CA', async () => (await createCertificateAuthority('Other CA')).certificate],
    ["the system's roots", () => undefined],
  ])('rejects that broker with %s', async (_, theirCa) => {
    await expect(handshake(snapshot(await theirCa()))).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_/) as string,
    });
  });

  it('returns one context for each snapshot, also if two snapshots have the same CA', () => {
    const credentials = snapshot(broker.ca);
    expect(secureContextFor(credentials)).toBe(secureContextFor(credentials));
    expect(secureContextFor(snapshot(broker.ca))).not.toBe(secureContextFor(credentials));
  });
});

/** Returns a client that has credentials for the TLS broker. */
async function clientOfTlsBroker() {
  const portal = await startPortal();
  const { port, ca } = broker;
  portal.setBroker({ brokers: [`localhost:${port}`], securityProtocol: 'SSL', ca });
  const quix = makeClient(portal);
  await quix.getBrokerCredentials();
  return quix;
}

/** Returns a function that opens sockets as kafkajs does. */
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
  it('creates one TLS context for all connections', async () => {
    const connectSocket = await kafkaJSSockets();
    const make = vi.spyOn(tls, 'createSecureContext');
    for (let count = 0; count < 3; count++) {
      expect(await authorized(connectSocket())).toBe(true);
    }
    expect(make).toHaveBeenCalledTimes(1);
    make.mockRestore();
  });

  it("adds the CA to the user's TLS options", async () => {
    const connectSocket = await kafkaJSSockets({ maxVersion: 'TLSv1.2' });
    const socket = connectSocket();
    let protocol: string | null = null;
    socket.once('secureConnect', () => (protocol = socket.getProtocol()));
    expect(await authorized(socket)).toBe(true);
    expect(protocol).toBe('TLSv1.2');
  });

  it("keeps the user's own CA", async () => {
    const { certificate } = await createCertificateAuthority('Other CA');
    const connectSocket = await kafkaJSSockets({ ca: certificate });
    await expect(authorized(connectSocket())).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_/) as string,
    });
  });
});

describe('@platformatic/kafka', () => {
  it('creates one TLS context for all connections', async () => {
    const producer = platformaticClient(await clientOfTlsBroker(), Producer, { retries: 2 });
    const make = vi.spyOn(tls, 'createSecureContext');
    const connected = vi.fn();
    producer.connections.on('connect', connected);
    // The broker closes each connection.
    await expect(producer.metadata({ topics: [] })).rejects.toThrow();
    expect(connected.mock.calls.length).toBeGreaterThan(1);
    expect(make).toHaveBeenCalledTimes(1);
    make.mockRestore();
    await producer.close();
  });
});
