import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { AuthenticationProviderArgs, ISocketFactoryArgs } from 'kafkajs';
import { QuixError, type BrokerCredentials } from 'quix-streams-auth';
import { toTlsOptions } from '../../credentials/index.ts';
import {
  BrokerSession,
  KEEP_ALIVE_MS,
  LOGIN_POLICY,
  mechanismChangedError,
  REFUSED_LOGIN,
  saslLogin,
  untrustedCertificateCode,
} from '../shared/index.ts';

const RECONNECT_HINT = 'kafkajs connects again.';

/** The credentials that all connections of one `Kafka` share, and the state of its logins. */
export class KafkaJSSession extends BrokerSession {
  #mechanismChangedAt = -Infinity;
  /** The newest connected socket, until the next login begins. */
  #socketBeforeLogin: Socket | undefined;

  /** Loads the newest credentials, and records when the mechanism changed. */
  override async load(forceRefresh = false): Promise<BrokerCredentials> {
    const before = this.current?.sasl?.mechanism;
    const credentials = await super.load(forceRefresh);
    const after = this.current?.sasl?.mechanism;
    if (before !== undefined && before !== after) this.#mechanismChangedAt = performance.now();
    return credentials;
  }

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

  /** Connects a socket. Without the user's `ssl` option, the credentials decide about TLS. */
  connectSocket(
    { host, port, onConnect }: ISocketFactoryArgs,
    ssl: ConnectionOptions | boolean | undefined,
  ): Socket {
    const credentials = this.current;
    const tls = ssl ?? credentials?.securityProtocol.endsWith('SSL') ?? true;
    const { connect, isIP } = process.getBuiltinModule('node:net');
    const handleConnect = (): void => {
      if (this.authMode === 'sasl') this.#socketBeforeLogin = socket;
      onConnect();
    };
    let socket: Socket;
    if (tls === false) {
      socket = connect({ host, port }, handleConnect);
    } else {
      const name = isIP(host) === 0 ? { servername: host } : {};
      const ofPortal = credentials && toTlsOptions(credentials.toLibrdkafka());
      const security =
        tls === true ? { secureContext: this.secureContext } : { ...ofPortal, ...tls };
      const options: ConnectionOptions = { host, port, ...name, ...security };
      socket = process.getBuiltinModule('node:tls').connect(options, handleConnect);
      socket.once('error', (error) => {
        const code = untrustedCertificateCode(error);
        // The environment may have a new CA, so the next connection exchanges the token.
        if (code !== undefined) this.recordRefusal(credentials, code);
      });
    }
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    // Works around a deadlock in kafkajs 2.2.4 (`src/network/connection.js`). After a refused
    // login, kafkajs can send the first request of another login on the connection that it is
    // closing. It waits for the response forever and holds the lock of the broker, so it never
    // connects to that broker again. The `end` listener of kafkajs only rejects pending requests
    // if it runs twice on this connection. It is registered before `connect`, so it runs before
    // the listener below, which emits `end` again. Upstream: not reported yet.
    socket.once('connect', () => socket.once('end', () => socket.emit('end')));
    return socket;
  }

  /** Logs in with the newest credentials. */
  async logIn(saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate']): Promise<void> {
    this.#socketBeforeLogin = undefined;
    // kafkajs has sent this mechanism to the broker.
    const mechanism = this.current?.sasl?.mechanism;
    const credentials = await this.load();
    const { sasl } = credentials;
    if (!sasl || sasl.mechanism !== mechanism) throw mechanismChangedError(RECONNECT_HINT);
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
      const { type } = (error ?? {}) as { type?: unknown };
      // After a timeout or a lost connection, the password may still be right.
      if (type !== REFUSED_LOGIN) throw error;
      // kafkajs may have sent the old mechanism before another connection loaded the new one.
      if (performance.now() - this.#mechanismChangedAt < LOGIN_POLICY.mechanismGraceMs) {
        throw mechanismChangedError(RECONNECT_HINT);
      }
      this.recordRefusal(credentials, REFUSED_LOGIN);
      const summary = `Kafka refused the credentials (${REFUSED_LOGIN}).`;
      const hint = `The token is exchanged again. ${RECONNECT_HINT}`;
      throw new QuixError('QUIX_CREDENTIALS_REFUSED', summary, { retryable: true, hint });
    }
    this.recordLogin();
  }
}
