// The Portal emulator in a process of its own, so that it takes no time from what is measured. Over TLS
// it is reached by a line with a round-trip time.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { startPortalEmulator, type PortalEmulatorOptions } from 'quix-streams-auth/testing';
import { createCertificateAuthority } from '../../test/support/certificates.ts';
import { joinDelayed } from './delay.ts';

/** What the process is asked, one at a time. */
export type PortalQuestion =
  | { readonly start: PortalEmulatorOptions; readonly folder: string }
  | { readonly roundTripMs: number }
  /** How many requests came since the last time. */
  | { readonly count: true };

/** What it says when it listens. */
export interface PortalAddress {
  readonly httpUrl: string;
  readonly httpsUrl: string;
  readonly token: string;
  readonly workspaceId: string;
  /** Path of the certificate that vouches for `httpsUrl`. */
  readonly caFile: string;
}

let roundTripMs = 0;
let count = (): number => 0;

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function start(options: PortalEmulatorOptions, folder: string): Promise<PortalAddress> {
  const portal = await startPortalEmulator(options);
  count = () => portal.requests.splice(0).length;
  const authority = await createCertificateAuthority();
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, authority.certificate);
  const { certificate: cert, key } = await authority.issue(['127.0.0.1']);
  const portalPort = Number(new URL(portal.url).port);
  const tls = createTlsServer({ cert, key }, (socket) => {
    const inner = connect(portalPort, '127.0.0.1');
    inner.setNoDelay();
    socket.pipe(inner).pipe(socket);
    socket.on('error', () => inner.destroy());
    inner.on('error', () => socket.destroy());
  });
  const tlsPort = await portOf(tls);
  const line = createServer((socket) => {
    joinDelayed(socket, connect(tlsPort, '127.0.0.1'), roundTripMs);
  });
  return {
    httpUrl: portal.url,
    httpsUrl: `https://127.0.0.1:${await portOf(line)}`,
    token: portal.token1,
    workspaceId: portal.workspaceId,
    caFile,
  };
}

async function answer(question: PortalQuestion): Promise<unknown> {
  if ('start' in question) return await start(question.start, question.folder);
  if ('count' in question) return count();
  roundTripMs = question.roundTripMs;
  return true;
}

process.on('message', (question: PortalQuestion) => {
  void answer(question).then((said) => process.send?.(said));
});
process.on('disconnect', () => process.exit());
