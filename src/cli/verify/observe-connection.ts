import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { TLSSocket, type PeerCertificate } from 'node:tls';
import { firstValue } from './headers.ts';
import { readField } from './shape.ts';

/** A connection to the Portal. Without TLS, it has no properties. */
export interface Connection {
  readonly tls?: {
    readonly version: string;
    /** Organization and common name. Must not be shown, because the server chooses them. */
    readonly issuer: readonly string[];
  };
}

/** Calls `onConnection` for each connection of undici to the host. Returns a function that stops it. */
export function observeConnections(
  { host }: URL,
  onConnection: (connection: Connection) => void,
): () => void {
  const listener = (message: unknown): void => {
    if (readField(message, 'connectParams', 'host') !== host) return;
    const socket = readField(message, 'socket');
    if (!(socket instanceof TLSSocket)) {
      onConnection({});
      return;
    }
    // Node returns `null` or no issuer if the connection has ended, or was resumed.
    const certificate = socket.getPeerCertificate() as Partial<PeerCertificate> | null;
    const issuer = certificate?.issuer;
    const version = socket.getProtocol() ?? 'unknown';
    onConnection({ tls: { version, issuer: [firstValue(issuer?.O), firstValue(issuer?.CN)] } });
  };
  subscribe('undici:client:connected', listener);
  return () => unsubscribe('undici:client:connected', listener);
}
