import type { Connection, SASLCustomAuthenticator } from '@platformatic/kafka';
import { BrokerSession, type CredentialSource } from './broker-session.ts';
import { keepAlive } from './connection.ts';
import type { LoginKind } from './login-kind.ts';
import { isRefusal, readableError, untrustedCode } from './platformatic-error.ts';
import type { Gate, PlatformaticClient } from './platformatic-internals.ts';
import { saslLogin } from './sasl-login.ts';
import { mechanismChanged } from './sasl-mechanism.ts';
import { splitBroker } from './split-broker.ts';

type Authenticate = Parameters<SASLCustomAuthenticator>[2];
type AuthenticateResponse = Awaited<ReturnType<Authenticate['async']>>;

/** What the library gives its custom authenticator. */
export interface PlatformaticLogin {
  readonly mechanism: string;
  readonly connection: Connection;
  readonly authenticate: Authenticate;
}

/** What the connections of one client share; the first of them loads it. */
export class PlatformaticSession extends BrokerSession {
  constructor(quix: CredentialSource, login: LoginKind) {
    super(quix, '@platformatic/kafka', login);
  }

  /**
   * Connects to one of the brokers of the newest credentials, or of those that the library knows.
   *
   * @param toOwnBrokers - Connects to the user's own brokers instead, where there are any.
   */
  connect(
    client: PlatformaticClient,
    toOwnBrokers: Gate | undefined,
    callback: Parameters<Gate>[0],
    attempt = 0,
  ): void {
    const settle: typeof callback = (error, connection) => {
      const code = untrustedCode(error);
      // A CA that was replaced: the Portal knows the new one.
      if (code !== undefined) this.refuse(this.current, code);
      callback(error, connection);
    };
    this.load().then(
      ({ brokers }) => {
        if (toOwnBrokers) {
          toOwnBrokers(settle, attempt);
          return;
        }
        const known = client.currentMetadata?.brokers.values() ?? [];
        const candidates = [...brokers.map(splitBroker), ...known];
        // Another one comes first each time, as the library does it.
        const first = candidates.splice(0, attempt % candidates.length);
        client.connections.getFirstAvailable([...candidates, ...first], settle as never);
      },
      (error: unknown) => {
        callback(readableError(error));
      },
    );
  }

  /** Logs in with the newest credentials, as the library's custom authenticator. */
  authenticate(login: PlatformaticLogin, callback: Parameters<SASLCustomAuthenticator>[6]): void {
    this.#logIn(login).then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        callback(readableError(error));
      },
    );
  }

  /** Its last answer says how long the session lasts: the library wants it. */
  async #logIn({
    mechanism,
    connection,
    authenticate,
  }: PlatformaticLogin): Promise<AuthenticateResponse | undefined> {
    keepAlive(connection.socket);
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
      // A timeout or a lost connection says nothing about the password.
      if (isRefusal(error)) this.refuse(credentials, 'SASL_AUTHENTICATION_FAILED');
      throw error;
    }
    this.accepted();
    return last;
  }
}
