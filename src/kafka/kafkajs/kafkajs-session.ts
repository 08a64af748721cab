import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { AuthenticationProviderArgs, ISocketFactory, ISocketFactoryArgs } from 'kafkajs';
import { QuixError, type BrokerCredentials } from 'quix-streams-auth';
import { toTlsOptions } from '../../credentials/index.ts';
import {
  BrokerSession,
  isReauthenticationRefusal,
  KEEP_ALIVE_MS,
  mayLogIn,
  outdatedConnectionError,
  REFUSED_LOGIN,
  saslLogin,
  untrustedCertificateCode,
} from '../shared/index.ts';

const RECONNECT_HINT = 'kafkajs connects again.';

/** A connected socket, and the snapshot that was current when it began to connect. */
interface OpenSocket {
  readonly address: string;
  /** A factory of the user may call `onConnect` before it returns the socket. */
  socket?: Socket;
  readonly credentials: BrokerCredentials | undefined;
}

/** The credentials that all connections of one `Kafka` share, and the state of its logins. */
export class KafkaJSSession extends BrokerSession {
  readonly #openSockets = new Set<OpenSocket>();
  /** The newest connected socket, until the next login begins. */
  #socketBeforeLogin: Socket | undefined;

  /** Returns the brokers for a new seed connection. */
  async loadBrokers(): Promise<string[]> {
    // kafkajs closes a connection before the login if the broker does not offer the mechanism.
    const isMechanismOutdated = this.#socketBeforeLogin?.writableEnded === true;
    this.#socketBeforeLogin = undefined;
    const { brokers } = await this.load(isMechanismOutdated);
    // kafkajs splits an address at the first colon.
    const reachable = brokers.filter((broker) => !broker.startsWith('['));
    if (reachable.length > 0) return reachable;
    const summary = 'All brokers are IPv6 addresses. kafkajs cannot connect to IPv6 addresses.';
    const hint = 'Use host names or another Kafka client.';
    throw new QuixError('QUIX_UNSUPPORTED', summary, { hint });
  }

  /**
   * Connects a socket. Without the user's `ssl` option, the credentials decide about TLS.
   *
   * @param userFactory - The user's `socketFactory`.
   */
  connectSocket(
    { host, port, onConnect }: ISocketFactoryArgs,
    ssl: ConnectionOptions | boolean | undefined,
    userFactory: ISocketFactory | undefined,
  ): Socket {
    const credentials = this.current;
    const tls = ssl ?? credentials?.securityProtocol.endsWith('SSL') ?? true;
    const opened: OpenSocket = { address: `${host}:${port}`, credentials };
    const handleConnect = (): void => {
      // kafkajs would wait forever for a socket that is destroyed while it connects.
      this.#openSockets.add(opened);
      if (this.authMode === 'sasl') this.#socketBeforeLogin = opened.socket;
      onConnect();
    };
    const socket = userFactory
      ? // kafkajs also passes booleans, which its types do not allow.
        userFactory({ host, port, ssl: tls as ConnectionOptions, onConnect: handleConnect })
      : this.#createSocket(host, port, tls, handleConnect);
    opened.socket = socket;
    socket.once('close', () => this.#openSockets.delete(opened));
    this.#delayCertificateErrors(socket, credentials);
    // Works around a deadlock in kafkajs 2.2.4 (`src/network/connection.js`). After a refused
    // login, kafkajs can send the first request of another login on the connection that it is
    // closing. It waits for the response forever and holds the lock of the broker, so it never
    // connects to that broker again. The `end` listener of kafkajs only rejects pending requests
    // if it runs twice on this connection. It is registered before `connect`, so it runs before
    // the listener below, which emits `end` again. Upstream: not reported yet.
    socket.once('connect', () => socket.once('end', () => socket.emit('end')));
    return socket;
  }

  #createSocket(
    host: string,
    port: number,
    tls: ConnectionOptions | boolean,
    onConnect: () => void,
  ): Socket {
    const { connect, isIP } = process.getBuiltinModule('node:net');
    let socket: Socket;
    if (tls === false) {
      socket = connect({ host, port }, onConnect);
    } else {
      const portalTls = this.current && toTlsOptions(this.current.toLibrdkafka());
      // An option that is undefined must not remove the CA of the Portal.
      const userTls = Object.entries(tls).filter(([, value]) => value !== undefined);
      const options: ConnectionOptions = {
        host,
        port,
        ...(isIP(host) === 0 && { servername: host }),
        // Otherwise, NODE_TLS_REJECT_UNAUTHORIZED=0 would turn off verification.
        rejectUnauthorized: true,
        ...(tls === true
          ? { secureContext: this.secureContext }
          : { ...portalTls, ...Object.fromEntries(userTls) }),
      };
      socket = process.getBuiltinModule('node:tls').connect(options, onConnect);
    }
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  }

  /**
   * Exchanges the token before kafkajs gets the error of a certificate that is not trusted. The
   * environment may have a new CA, and the pauses of kafkajs between its attempts grow with each
   * error. A consumer that has lost all brokers would even crash and join its group again.
   */
  #delayCertificateErrors(socket: Socket, credentials: BrokerCredentials | undefined): void {
    const destroy = socket._destroy.bind(socket);
    socket._destroy = (error, callback) => {
      const code = untrustedCertificateCode(error);
      if (code === undefined) destroy(error, callback);
      else {
        void this.recordUntrustedCertificate(credentials, code).then(() => {
          destroy(error, callback);
        });
      }
    };
  }

  /** Logs in with the newest credentials. A failed login closes the connections to the broker. */
  async logIn(args: AuthenticationProviderArgs): Promise<void> {
    try {
      await this.#logIn(args);
    } catch (error) {
      // kafkajs may keep the connection and start another login on it. Kafka rejects that with
      // ILLEGAL_SASL_STATE, which ends a consumer. kafkajs does not pass the connection of the
      // login, and may have two connections to a broker.
      this.#closeSockets(`${args.host}:${args.port}`);
      throw error;
    }
    this.recordLogin();
  }

  async #logIn({ host, port, saslAuthenticate }: AuthenticationProviderArgs): Promise<void> {
    this.#socketBeforeLogin = undefined;
    // kafkajs has sent this mechanism to the broker.
    const mechanism = this.current?.sasl?.mechanism;
    const credentials = await this.load();
    const { sasl } = credentials;
    const isOutdated = [...this.#openSockets].some(
      (each) => each.address === `${host}:${port}` && !mayLogIn(each.credentials, credentials),
    );
    if (isOutdated || !sasl || sasl.mechanism !== mechanism) {
      throw outdatedConnectionError(RECONNECT_HINT);
    }
    try {
      await saslLogin(sasl.mechanism, sasl, async (message) => {
        // kafkajs neither adds nor removes the length that precedes a SASL message.
        const length = Buffer.alloc(4);
        length.writeInt32BE(message.length);
        const authBytes = await saslAuthenticate({
          request: { encode: () => Buffer.concat([length, message]) },
          response: { decode: (raw) => raw.subarray(4), parse: (data) => data },
        });
        return { authBytes: authBytes ?? Buffer.alloc(0) };
      });
    } catch (error) {
      const { type, message } = (error ?? {}) as { type?: unknown; message?: unknown };
      // After a timeout or a lost connection, the password may still be right.
      if (type !== REFUSED_LOGIN) throw error;
      if (isReauthenticationRefusal(message)) throw outdatedConnectionError(RECONNECT_HINT);
      this.recordRefusal(credentials, REFUSED_LOGIN);
      const summary = `Kafka refused the credentials (${REFUSED_LOGIN}).`;
      const hint = `The token is exchanged again. ${RECONNECT_HINT}`;
      throw new QuixError('QUIX_CREDENTIALS_REFUSED', summary, { retryable: true, hint });
    }
  }

  #closeSockets(address: string): void {
    for (const opened of [...this.#openSockets].filter((each) => each.address === address)) {
      this.#openSockets.delete(opened);
      opened.socket?.destroy();
      // Otherwise, kafkajs would handle `end` later and close the next socket of the connection.
      opened.socket?.emit('end');
    }
  }
}
