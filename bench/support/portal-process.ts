// The Portal emulator in its own process, so that it does not slow down the process under measurement.
// Its https URL goes through a connection with a simulated round-trip time.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { createCertificateAuthority } from '../../test/support/certificates.ts';

/** A message to this process. It answers each message with one message. */
export type PortalCommand =
  | { readonly start: { readonly folder: string } }
  | { readonly roundTripMs: number }
  /** Asks for the number of requests since the last time. */
  | { readonly takeRequestCount: true };

/** The response to `start`. */
export interface PortalAddress {
  readonly httpUrl: string;
  readonly httpsUrl: string;
  readonly token: string;
  readonly workspaceId: string;
  /** Path of the CA certificate of `httpsUrl`. */
  readonly caFile: string;
}

let roundTripMs = 0;
let takeRequestCount = (): number => 0;

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function start(folder: string): Promise<PortalAddress> {
  const portal = await startPortalEmulator();
  takeRequestCount = () => portal.requests.splice(0).length;
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
  const tlsPort = await listen(tls);
  const delayed = createServer((socket) => {
    joinDelayed(socket, connect(tlsPort, '127.0.0.1'));
  });
  return {
    httpUrl: portal.url,
    httpsUrl: `https://127.0.0.1:${await listen(delayed)}`,
    token: portal.token1,
    workspaceId: portal.workspaceId,
    caFile,
  };
}

/**
 * Joins two sockets with half the round-trip time in each direction. The first byte waits one round trip
 * longer, which is the time to open a connection.
 */
function joinDelayed(client: Socket, server: Socket): void {
  const halfMs = roundTripMs / 2;
  const openedAt = performance.now() + roundTripMs;
  client.setNoDelay();
  server.setNoDelay();
  forward(client, server, () => Math.max(0, openedAt - performance.now()) + halfMs);
  forward(server, client, () => halfMs);
}

function forward(from: Socket, to: Socket, delayMs: () => number): void {
  const later = (act: () => void): void => {
    const ms = delayMs();
    // Timers with the same delay fire in the order in which they were set.
    if (ms > 0) setTimeout(act, ms);
    else act();
  };
  from.on('data', (chunk) => {
    later(() => to.write(chunk));
  });
  from.once('end', () => {
    later(() => to.end());
  });
  from.on('error', () => to.destroy());
}

async function run(command: PortalCommand): Promise<unknown> {
  if ('start' in command) return await start(command.start.folder);
  if ('takeRequestCount' in command) return takeRequestCount();
  roundTripMs = command.roundTripMs;
  return true;
}

process.on('message', (command: PortalCommand) => {
  void run(command).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());
