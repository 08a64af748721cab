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

  /** Loads the newest credentials, and records whether the mechanism has changed. */
  override async load(forceRefresh = false): Promise<BrokerCredentials> {
    const before = this.current?.sasl;
    const credentials = await super.load(forceRefresh);
    if (before && before.mechanism !== this.current?.sasl?.mechanism) {
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
    const summary = 'All brokers are IPv6 addresses. kafkajs cannot connect to IPv6 addresses.';
    const hint = 'Use host names or another Kafka client.';
    throw new QuixError('QUIX_UNSUPPORTED', summary, { hint });
  }

  /** Records a new connection. `isClosed` returns whether kafkajs has closed it. */
  recordConnection(isClosed: () => boolean): void {
    if (this.authMode === 'sasl') this.#isClosedBeforeLogin = isClosed;
  }

  /** Logs in with the newest credentials. */
  async logIn(saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate']): Promise<void> {
    this.#isClosedBeforeLogin = undefined;
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
      // kafkajs may have sent the old mechanism to the broker before the change.
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
