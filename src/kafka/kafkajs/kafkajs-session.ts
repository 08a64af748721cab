import type { AuthenticationProviderArgs } from 'kafkajs';
import { QuixError, type BrokerCredentials } from 'quix-streams-auth';
import {
  BrokerSession,
  LOGIN_POLICY,
  mechanismChangedError,
  REFUSED_LOGIN,
  saslLogin,
} from '../shared/index.ts';

const RECONNECT_HINT = 'kafkajs connects again.';

/** The credentials that all connections of one `Kafka` share, and the state of its logins. */
export class KafkaJSSession extends BrokerSession {
  #mechanismChangedAt = -Infinity;
  /** Returns whether kafkajs has closed the newest connection. Reset when a login begins. */
  #isClosedBeforeLogin: (() => boolean) | undefined;

  /** Mechanism of the current credentials. kafkajs sends it to the broker before each login. */
  get mechanism(): string | undefined {
    return this.current?.sasl?.mechanism;
  }

  /** Loads the newest credentials, and records whether the mechanism has changed. */
  override async load(forceRefresh = false): Promise<BrokerCredentials> {
    const { mechanism } = this;
    const credentials = await super.load(forceRefresh);
    if (mechanism !== undefined && mechanism !== this.mechanism) {
      this.#mechanismChangedAt = performance.now();
    }
    return credentials;
  }

  /** Returns the brokers for a new seed connection. */
  async loadBrokers(): Promise<string[]> {
    // kafkajs closes a connection before the login if the broker does not offer the mechanism.
    const isMechanismOutdated = this.#isClosedBeforeLogin?.() === true;
    this.#isClosedBeforeLogin = undefined;
    const { brokers } = await this.load(isMechanismOutdated);
    // kafkajs splits an address at the first colon.
    const reachable = brokers.filter((broker) => !broker.startsWith('['));
    if (reachable.length > 0) return reachable;
    throw new QuixError(
      'QUIX_UNSUPPORTED',
      'All brokers are IPv6 addresses. kafkajs cannot connect to IPv6 addresses.',
      { hint: 'Use host names or another Kafka client.' },
    );
  }

  /**
   * Records a new connection.
   *
   * @param isClosed - Returns whether kafkajs has closed the connection.
   */
  recordConnection(isClosed: () => boolean): void {
    if (this.authMode === 'sasl') this.#isClosedBeforeLogin = isClosed;
  }

  /** Logs in with the newest credentials. */
  async logIn(saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate']): Promise<void> {
    this.#isClosedBeforeLogin = undefined;
    const { mechanism } = this;
    const credentials = await this.load();
    const { sasl } = credentials;
    if (!sasl || sasl.mechanism !== mechanism) throw mechanismChangedError(RECONNECT_HINT);
    try {
      await saslLogin(sasl.mechanism, sasl, async (message) => {
        const authBytes = await saslAuthenticate({
          request: { encode: () => withLength(message) },
          response: { decode: (raw) => raw.subarray(4), parse: (data) => data },
        });
        return { authBytes: authBytes ?? Buffer.alloc(0) };
      });
    } catch (error) {
      const { type } = (error ?? {}) as { type?: unknown };
      // After a timeout or a lost connection, the password may still be right.
      if (type !== REFUSED_LOGIN) throw error;
      // kafkajs may have sent the old mechanism to the broker before the change.
      if (performance.now() - this.#mechanismChangedAt < LOGIN_POLICY.mechanismGraceMs) {
        throw mechanismChangedError(RECONNECT_HINT);
      }
      this.recordRefusal(credentials, REFUSED_LOGIN);
      throw new QuixError(
        'QUIX_CREDENTIALS_REFUSED',
        `Kafka refused the credentials (${REFUSED_LOGIN}).`,
        { retryable: true, hint: `The token is exchanged again. ${RECONNECT_HINT}` },
      );
    }
    this.recordLogin();
  }
}

/** Adds the length that precedes a SASL message. kafkajs neither adds nor removes this length. */
function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(message.length);
  return Buffer.concat([length, message]);
}
