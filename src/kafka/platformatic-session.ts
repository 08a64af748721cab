import type { Broker, Connection, SASLCustomAuthenticator } from '@platformatic/kafka';
import { BrokerSession, type CredentialSource } from './broker-session.ts';
import { keepAlive } from './connection.ts';
import type { LoginKind } from './login-kind.ts';
import { isRefusal } from './platformatic-error.ts';
import { saslLogin } from './sasl-login.ts';
import { mechanismChanged } from './sasl-mechanism.ts';

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

  /** The brokers of the newest credentials, in the library's own form. */
  async loadBrokers(): Promise<Broker[]> {
    const { brokers } = await this.load();
    return brokers.map(toBroker);
  }

  /** Its last answer says how long the session lasts: the library wants it. */
  async logIn({
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

/** `host:port` or `[address]:port` */
function toBroker(broker: string): Broker {
  const colon = broker.lastIndexOf(':');
  return {
    host: broker.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(broker.slice(colon + 1)),
  };
}
