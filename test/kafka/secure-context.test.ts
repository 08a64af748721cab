import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BrokerCredentials } from '../../src/broker/index.ts';
import { secureContext } from '../../src/kafka/secure-context.ts';
import { createCertificateAuthority } from '../support/certificates.ts';

let broker: Server;
let ca: string;
let otherCa: string;

beforeAll(async () => {
  const authority = await createCertificateAuthority();
  ca = authority.certificate;
  otherCa = (await createCertificateAuthority('Other CA')).certificate;
  const { certificate, key } = await authority.issue(['localhost']);
  broker = createServer({ cert: certificate, key }, (socket) => socket.end());
  await once(broker.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => broker.close());

function snapshot(ca?: string): BrokerCredentials {
  return new BrokerCredentials(
    { workspaceId: 'w', brokers: ['localhost:1'], securityProtocol: 'SSL', ca },
    { generation: 1, obtainedAt: new Date() },
  );
}

async function handshake(credentials: BrokerCredentials): Promise<boolean> {
  const { port } = broker.address() as AddressInfo;
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    secureContext: secureContext(credentials),
  });
  try {
    await once(socket, 'secureConnect');
    return socket.authorized;
  } finally {
    socket.destroy();
  }
}

it("trusts a broker of the snapshot's own CA, for each of its connections", async () => {
  const credentials = snapshot(ca);
  expect(await handshake(credentials)).toBe(true);
  expect(await handshake(credentials)).toBe(true);
});

it.each([
  ['another CA', () => otherCa],
  ["the system's roots", () => undefined],
])('does not trust it with %s', async (_, theirCa) => {
  await expect(handshake(snapshot(theirCa()))).rejects.toMatchObject({
    code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_/) as string,
  });
});

it('is made once for a snapshot, and anew for a newer one with the same CA', () => {
  const credentials = snapshot(ca);
  expect(secureContext(credentials)).toBe(secureContext(credentials));
  expect(secureContext(snapshot(ca))).not.toBe(secureContext(credentials));
});
