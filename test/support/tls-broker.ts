import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { createCertificateAuthority } from './certificates.ts';

/** A TLS server for localhost that closes each connection after the handshake. */
export interface TlsBroker extends AsyncDisposable {
  readonly port: number;
  /** Certificate of the authority that issued the server's certificate, as PEM. */
  readonly ca: string;
}

export async function startTlsBroker(): Promise<TlsBroker> {
  const authority = await createCertificateAuthority();
  const { certificate, key } = await authority.issue(['localhost']);
  const server = createServer({ cert: certificate, key }, (socket) => {
    socket.on('error', () => undefined);
    socket.end();
  });
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    ca: authority.certificate,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
