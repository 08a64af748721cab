import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import type { OnDemand } from '../on-demand.ts';
import { errorCode } from '../sanitize-error.ts';
import { keepAlive, UNTRUSTED_CERTIFICATE } from './connection.ts';
import type { KafkaJSSession } from './kafkajs-session.ts';

/**
 * Connects with TLS or without, and with the CA, as of the snapshot in use.
 *
 * @param givenTls - What the user has decided; `undefined` leaves it to the credentials.
 */
export function socketFactory(
  session: OnDemand<KafkaJSSession>,
  givenTls: ConnectionOptions | boolean | undefined,
): ISocketFactory {
  return ({ host, port, onConnect }) => {
    const credentials = session.made?.current;
    const tls = givenTls ?? credentials?.securityProtocol.endsWith('SSL') ?? true;
    const { connect, isIP } = process.getBuiltinModule('node:net');
    if (tls === false) return settleAtEnd(keepAlive(connect({ host, port }, onConnect)));
    const options: ConnectionOptions = {
      host,
      port,
      ...(isIP(host) === 0 && { servername: host }),
      ...(tls === true
        ? { secureContext: session.made?.secureContext }
        : { ...(credentials?.ca !== undefined && { ca: credentials.ca }), ...tls }),
    };
    const socket = process.getBuiltinModule('node:tls').connect(options, onConnect);
    socket.once('error', (error) => {
      const code = errorCode(error);
      // A CA that was replaced: the Portal knows the new one.
      if (code !== undefined && UNTRUSTED_CERTIFICATE.test(code))
        session.made?.refuse(credentials, code);
    });
    return settleAtEnd(keepAlive(socket));
  };
}

/**
 * kafkajs 2.2.4 may send a login's first request on a connection that it is closing, because a login
 * before it was refused. Its own end of the wait for that answer is then gone, it keeps the broker's
 * lock, and no connection to that broker is made ever again. It rejects what is unanswered when the
 * socket ends while it is disconnecting, which is what it is as soon as it has heard of the end once.
 */
function settleAtEnd(socket: Socket): Socket {
  // By then kafkajs' own listener stands before this one.
  return socket.once('connect', () => socket.once('end', () => socket.emit('end')));
}
