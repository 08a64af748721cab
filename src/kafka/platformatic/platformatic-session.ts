import type { Broker, Connection, SASLCustomAuthenticator } from '@platformatic/kafka';
import {
  BrokerSession,
  KEEP_ALIVE_MS,
  mechanismChangedError,
  REFUSED_LOGIN,
  saslLogin,
  splitBroker,
} from '../shared/index.ts';
import { findUntrustedCertificate, isRefusal } from './library-errors.ts';

type Authenticate = Parameters<SASLCustomAuthenticator>[2];
type AuthenticateResponse = Awaited<ReturnType<Authenticate['async']>>;

/** The credentials that all connections of one client share, and the state of its logins. */
export class PlatformaticSession extends BrokerSession {
  /** Brokers of the current credentials. */
  get brokers(): Broker[] {
    return this.current?.brokers.map(splitBroker) ?? [];
  }

  /** Records a refusal if an error of a connection is about an untrusted certificate. */
  recordConnectionError(error: unknown): void {
    const code = findUntrustedCertificate(error);
    // The environment may have a new CA, so the next connection exchanges the token.
    if (code !== undefined) this.recordRefusal(this.current, code);
  }

  /**
   * Logs in with the newest credentials.
   *
   * @returns The broker's last response, from which the library reads the lifetime of the login
   */
  async logIn(
    mechanism: string,
    connection: Connection,
    authenticate: Authenticate,
  ): Promise<AuthenticateResponse> {
    connection.socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const credentials = await this.load();
    const { sasl } = credentials;
    if (sasl?.mechanism !== mechanism) throw mechanismChangedError('The client connects again.');
    try {
      const response = await saslLogin(mechanism, sasl, (message) =>
        authenticate.async(connection, message),
      );
      this.recordLogin();
      return response;
    } catch (error) {
      // After a timeout or a lost connection, the password may still be right.
      if (isRefusal(error)) this.recordRefusal(credentials, REFUSED_LOGIN);
      throw error;
    }
  }
}
