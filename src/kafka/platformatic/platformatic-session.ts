import type { BaseOptions, Connection, SASLCustomAuthenticator } from '@platformatic/kafka';
import { QuixError, type BrokerCredentials, type SecurityProtocol } from 'quix-streams-auth';
import { innerErrors } from '../../inner-errors.ts';
import { readProperty } from '../../sanitize-error.ts';
import {
  BrokerSession,
  isReauthenticationRefusal,
  KEEP_ALIVE_MS,
  mayLogIn,
  outdatedConnectionError,
  REFUSED_LOGIN,
  saslLogin,
  untrustedCertificateCode,
  type AuthMode,
  type CredentialClient,
} from '../shared/index.ts';

const RECONNECT_HINT = 'The client connects again.';

/** Returns the client options for a security protocol. */
type ProtocolOptions = (protocol: SecurityProtocol) => Pick<BaseOptions, 'tls' | 'sasl'>;

/** The library's API for one request of a SASL login. */
type SaslApi = Parameters<SASLCustomAuthenticator>[2];

/** The credentials that all connections of one client share, and the state of its logins. */
export class PlatformaticSession extends BrokerSession {
  /** The protocol of connection pools that the client creates. */
  protocol: SecurityProtocol;
  readonly optionsFor: ProtocolOptions;
  /** The snapshot that was current when each connection was opened. */
  readonly #openedWith = new WeakMap<Connection, BrokerCredentials>();

  /** @param protocol - The protocol of the first connection pool. */
  constructor(
    quix: CredentialClient,
    authMode: AuthMode,
    protocol: SecurityProtocol,
    optionsFor: ProtocolOptions,
  ) {
    super(quix, '@platformatic/kafka', authMode);
    this.protocol = protocol;
    this.optionsFor = optionsFor;
  }

  /** @param protocol - The protocol of the connection's pool. */
  recordConnection(connection: Connection, protocol: SecurityProtocol): void {
    const { current } = this;
    // The pool of an open stream keeps its protocol. If the protocol of the credentials has
    // changed, the connections of the pool must not log in.
    if (current?.securityProtocol === protocol) this.#openedWith.set(connection, current);
  }

  /** Records a refusal if an error of a connection is about an untrusted certificate. */
  recordConnectionError(connection: Connection, error: Error): void {
    const codes = [...innerErrors(error)].map(untrustedCertificateCode);
    const code = codes.find((each) => each !== undefined);
    if (code === undefined) return;
    void this.recordUntrustedCertificate(this.#openedWith.get(connection), code);
  }

  /** Returns the broker's last response, from which the library reads the lifetime of the login. */
  async logIn(
    mechanism: string,
    connection: Connection,
    api: SaslApi,
  ): ReturnType<SaslApi['async']> {
    connection.socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const credentials = await this.load();
    const { sasl } = credentials;
    // The library closes the connection after each error.
    const isOutdated = !mayLogIn(this.#openedWith.get(connection), credentials);
    if (isOutdated || sasl?.mechanism !== mechanism) throw outdatedConnectionError(RECONNECT_HINT);
    try {
      const response = await saslLogin(mechanism, sasl, (message) =>
        api.async(connection, message),
      );
      this.recordLogin();
      return response;
    } catch (error) {
      const searchable = error as { findBy?(property: string, value: string): unknown } | null;
      const refusal = searchable?.findBy?.('apiId', REFUSED_LOGIN);
      // After a timeout or a lost connection, the password may still be right.
      if (!refusal) throw error;
      const messages = [...innerErrors(error)].map((each) => readProperty(each, 'message'));
      if (messages.some(isReauthenticationRefusal)) {
        throw outdatedConnectionError(RECONNECT_HINT);
      }
      this.recordRefusal(credentials, REFUSED_LOGIN);
      throw error;
    }
  }
}

/**
 * Returns a copy of a `QuixError` with a `findBy` method. Version 1 of the library calls this
 * method on every error. Returns other errors unchanged.
 */
export function withFindBy(error: unknown): Error {
  if (!(error instanceof QuixError)) return error as Error;
  return Object.defineProperty(error.copy({}), 'findBy', { value: () => null });
}
