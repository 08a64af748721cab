import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { KEEP_ALIVE_MS, untrustedCertificateCode } from '../shared/index.ts';
import type { KafkaJSSession } from './kafkajs-session.ts';

/**
 * Returns a factory for sockets with the security settings of the current credentials.
 *
 * @param ownTls - The user's `ssl` option. `undefined` means that the credentials decide.
 */
export function socketFactory(
  session: KafkaJSSession,
  ownTls: ConnectionOptions | boolean | undefined,
): ISocketFactory {
  return ({ host, port, onConnect }) => {
    const credentials = session.current;
    const tls = ownTls ?? credentials?.securityProtocol.endsWith('SSL') ?? true;
    const { connect, isIP } = process.getBuiltinModule('node:net');
    const connected = (): void => {
      session.connected(socket);
      onConnect();
    };
    let socket: Socket;
    if (tls === false) {
      socket = connect({ host, port }, connected);
    } else {
      const options: ConnectionOptions = {
        host,
        port,
        ...(isIP(host) === 0 && { servername: host }),
        ...(tls === true
          ? { secureContext: session.secureContext }
          : { ...(credentials?.ca !== undefined && { ca: credentials.ca }), ...tls }),
      };
      socket = process.getBuiltinModule('node:tls').connect(options, connected);
      socket.once('error', (error) => {
        const code = untrustedCertificateCode(error);
        // The CA may have been replaced. The Portal returns the new one.
        if (code !== undefined) session.refuse(credentials, code);
      });
    }
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    rejectPendingRequestsAtEnd(socket);
    return socket;
  };
}

/**
 * Works around a deadlock in kafkajs 2.2.4 (`src/network/connection.js`). It can send the first
 * request of a login on a connection that it is closing because an earlier login was refused. It
 * then waits forever for the response, holds the lock of that broker, and never connects to it
 * again. kafkajs rejects pending requests if the socket emits `end` while the connection is
 * closing, so this function emits `end` a second time. Not reported upstream yet.
 */
function rejectPendingRequestsAtEnd(socket: Socket): void {
  // Registered on connect, so that this listener runs after the one of kafkajs.
  socket.once('connect', () => socket.once('end', () => socket.emit('end')));
}
