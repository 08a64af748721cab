import type { Connection, SASLCustomAuthenticator } from '@platformatic/kafka';
import {
  BrokerSession,
  KEEP_ALIVE_MS,
  mechanismChanged,
  REFUSED_LOGIN,
  saslLogin,
  splitBroker,
} from '../shared/index.ts';
import { findUntrustedCertificate, isRefusal } from './library-errors.ts';
import type { Connect, PlatformaticClient } from './workarounds.ts';

type Authenticate = Parameters<SASLCustomAuthenticator>[2];
type AuthenticateResponse = Awaited<ReturnType<Authenticate['async']>>;

/** The credentials that all connections of one client share. */
export class PlatformaticSession extends BrokerSession {
  /**
   * Connects to a broker of the newest credentials, or to one that the library has discovered.
   *
   * @param connectToOwnBrokers - Used instead if the user passed `bootstrapBrokers`.
   */
  async connect(
    client: PlatformaticClient,
    connectToOwnBrokers: Connect | undefined,
    attempt = 0,
  ): Promise<Connection> {
    const { brokers } = await this.load();
    try {
      if (connectToOwnBrokers) return await connectToOwnBrokers(attempt);
      const discovered = client.currentMetadata?.brokers.values() ?? [];
      const candidates = [...brokers.map(splitBroker), ...discovered];
      // Each attempt begins with another broker, as in the library.
      const first = candidates.splice(0, attempt % candidates.length);
      return await client.connections.getFirstAvailable([...candidates, ...first]);
    } catch (error) {
      const code = findUntrustedCertificate(error);
      // The CA may have been replaced. The Portal returns the new one.
      if (code !== undefined) this.refuse(this.current, code);
      throw error;
    }
  }

  /**
   * Logs in with the newest credentials. The library reads the session lifetime from the last
   * response.
   */
  async logIn(
    mechanism: string,
    connection: Connection,
    authenticate: Authenticate,
  ): Promise<AuthenticateResponse | undefined> {
    connection.socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const credentials = await this.load();
    const { sasl } = credentials;
    if (sasl?.mechanism !== mechanism) throw mechanismChanged('Connect again.');
    let last: AuthenticateResponse | undefined;
    try {
      await saslLogin(sasl.mechanism, sasl, async (message) => {
        last = await authenticate.async(connection, message);
        return last.authBytes;
      });
    } catch (error) {
      // After a timeout or a lost connection, the password may still be right.
      if (isRefusal(error)) this.refuse(credentials, REFUSED_LOGIN);
      throw error;
    }
    this.accepted();
    return last;
  }
}
