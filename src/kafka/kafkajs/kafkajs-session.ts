import type { Socket } from 'node:net';
import type { AuthenticationProviderArgs } from 'kafkajs';
import { QuixError, type BrokerCredentials } from 'quix-streams-auth';
import {
  BrokerSession,
  LOGIN_POLICY,
  mechanismChanged,
  REFUSED_LOGIN,
  saslLogin,
} from '../shared/index.ts';

const RECONNECTS = 'kafkajs connects again.';

/** The credentials and the state of the logins that all connections of one `Kafka` share. */
export class KafkaJSSession extends BrokerSession {
  #mechanismChangedAt = -Infinity;
  /** The newest connection, until a login begins. */
  #withoutLogin: Socket | undefined;

  /** The mechanism of the current credentials. kafkajs sends it to the broker before each login. */
  get mechanism(): string | undefined {
    return this.current?.sasl?.mechanism;
  }

  /** Returns the newest credentials. Errors have the properties that kafkajs reads. */
  override async load(forceRefresh = false): Promise<BrokerCredentials> {
    const { mechanism } = this;
    try {
      const credentials = await super.load(forceRefresh);
      if (mechanism !== undefined && mechanism !== this.mechanism) {
        this.#mechanismChangedAt = performance.now();
      }
      return credentials;
    } catch (error) {
      throw error instanceof QuixError ? kafkaJSError(error) : error;
    }
  }

  /** Returns the brokers for a new seed connection. */
  async loadBrokers(): Promise<string[]> {
    // A connection ends before the login if the broker no longer offers the mechanism.
    const isMechanismOutdated = this.#withoutLogin?.writableEnded === true;
    this.#withoutLogin = undefined;
    const { brokers } = await this.load(isMechanismOutdated);
    // kafkajs splits an address at the first colon.
    const reachable = brokers.filter((broker) => !broker.startsWith('['));
    if (reachable.length > 0) return reachable;
    throw kafkaJSError(
      new QuixError(
        'QUIX_UNSUPPORTED',
        'All brokers are IPv6 addresses. kafkajs cannot connect to IPv6 addresses.',
        { hint: 'Use host names or another Kafka client.' },
      ),
    );
  }

  /** Records a new connection. */
  connected(socket: Socket): void {
    if (this.authMode === 'sasl') this.#withoutLogin = socket;
  }

  /** Logs in with the newest credentials. */
  async authenticate(
    saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate'],
  ): Promise<void> {
    this.#withoutLogin = undefined;
    const { mechanism } = this;
    const credentials = await this.load();
    const { sasl } = credentials;
    if (!sasl || sasl.mechanism !== mechanism) throw kafkaJSError(mechanismChanged(RECONNECTS));
    try {
      await saslLogin(sasl.mechanism, sasl, async (message) => {
        const reply = await saslAuthenticate({
          request: { encode: () => withLength(message) },
          response: { decode: (raw) => raw.subarray(4), parse: (data) => data },
        });
        return reply ?? Buffer.alloc(0);
      });
    } catch (error) {
      const { type } = (error ?? {}) as { type?: unknown };
      // After a timeout or a lost connection, the password may still be right.
      if (type !== REFUSED_LOGIN) throw error instanceof QuixError ? kafkaJSError(error) : error;
      // kafkajs may have sent the old mechanism in the handshake of this connection.
      if (performance.now() - this.#mechanismChangedAt < LOGIN_POLICY.mechanismSettlingMs) {
        throw kafkaJSError(mechanismChanged(RECONNECTS));
      }
      this.refuse(credentials, REFUSED_LOGIN);
      throw kafkaJSError(
        new QuixError(
          'QUIX_CREDENTIALS_REFUSED',
          `Kafka refused the credentials (${REFUSED_LOGIN}).`,
          { retryable: true, hint: `The token is exchanged again, and ${RECONNECTS}` },
        ),
      );
    }
    this.accepted();
  }
}

/** Kafka expects the length before the bytes. kafkajs does not add it. */
function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(message.length);
  return Buffer.concat([length, message]);
}

/**
 * Returns a copy with the properties that kafkajs reads. `retriable` decides whether it tries
 * again, and the `type` makes it open a new connection first. The cause is removed, because kafkajs
 * would read these properties from the cause instead.
 */
function kafkaJSError(error: QuixError): QuixError {
  const { retryable } = error;
  return Object.assign(error.copy({ cause: undefined }), {
    retriable: retryable,
    ...(retryable && { type: 'ILLEGAL_SASL_STATE' }),
  });
}
