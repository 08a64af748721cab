import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { KEEP_ALIVE_MS, untrustedCertificateCode } from '../shared/index.ts';
import type { KafkaJSSession } from './kafkajs-session.ts';

/**
 * Returns a factory for sockets with the security settings of the current credentials. `ownTls` is
 * the user's `ssl` option. If it is `undefined`, the credentials decide about TLS.
 */
export function socketFactory(
  session: KafkaJSSession,
  ownTls: ConnectionOptions | boolean | undefined,
): ISocketFactory {
  return ({ host, port, onConnect }) => {
    const credentials = session.current;
    const tls = ownTls ?? credentials?.securityProtocol.endsWith('SSL') ?? true;
    const { connect, isIP } = process.getBuiltinModule('node:net');
    const handleConnect = (): void => {
      // `writableEnded` becomes true when kafkajs closes the connection.
      session.recordConnection(() => socket.writableEnded);
      onConnect();
    };
    let socket: Socket;
    if (tls === false) {
      socket = connect({ host, port }, handleConnect);
    } else {
      const options: ConnectionOptions = {
        host,
        port,
        ...(isIP(host) === 0 && { servername: host }),
        ...(tls === true
          ? { secureContext: session.secureContext }
          : { ...(credentials?.ca !== undefined && { ca: credentials.ca }), ...tls }),
      };
      socket = process.getBuiltinModule('node:tls').connect(options, handleConnect);
      socket.once('error', (error) => {
        const code = untrustedCertificateCode(error);
        // The environment may have a new CA, so the next connection exchanges the token.
        if (code !== undefined) session.recordRefusal(credentials, code);
      });
    }
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    // Works around a deadlock in kafkajs 2.2.4 (`src/network/connection.js`). While kafkajs closes a
    // connection after a refused login, another login can send its first request on it. kafkajs
    // then waits for the response forever and holds the lock of the broker, so it never connects to
    // that broker again. At `end`, kafkajs rejects pending requests only in the state `connected`
    // or `disconnecting`. Here the state is `disconnected`, and the first `end` changes it to
    // `disconnecting`. A second `end` then rejects the requests. Upstream: not reported yet.
    // Listeners run in the order of registration. kafkajs registers its own before `connect`.
    socket.once('connect', () => socket.once('end', () => socket.emit('end')));
    return socket;
  };
}
