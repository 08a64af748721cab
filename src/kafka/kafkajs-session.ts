import type { SecureContext } from 'node:tls';
import type { AuthenticationProviderArgs } from 'kafkajs';
import type { BrokerCredentials } from '../credentials/index.ts';
import { QuixError } from '../errors.ts';
import { BrokerSession, type CredentialSource, type UsableCredentials } from './broker-session.ts';
import type { LoginKind } from './login-kind.ts';
import { saslLogin } from './sasl-login.ts';
import { mechanismChanged } from './sasl-mechanism.ts';

/** kafkajs gives a login this long by default; after that none is left from before a change. */
const OFFER_UNCERTAIN_MS = 10_000;

const RECONNECTS = 'kafkajs connects again.';

/** What the connections of one `Kafka` share; the first of them loads it. */
export class KafkaJSSession {
  readonly #session: BrokerSession;
  /** The mechanism that kafkajs was told last, and when that was another one. */
  #offered: string | undefined;
  #offerChangedAt = -Infinity;
  /** No login has followed the last announcement: the broker may not offer that mechanism any more. */
  #isUnanswered = false;

  constructor(quix: CredentialSource, login: LoginKind) {
    this.#session = new BrokerSession(quix, 'kafkajs', login);
  }

  /** The snapshot in use. */
  get current(): UsableCredentials | undefined {
    return this.#session.current;
  }

  /** See {@link BrokerSession.secureContext}. */
  get secureContext(): SecureContext | undefined {
    return this.#session.secureContext;
  }

  /** See {@link BrokerSession.refuse}. */
  refuse(credentials: BrokerCredentials | undefined, reason: string): void {
    this.#session.refuse(credentials, reason);
  }

  /** The newest credentials; what goes wrong is thrown as kafkajs reads it. */
  async load(forceRefresh = false): Promise<UsableCredentials> {
    try {
      return await this.#session.load(forceRefresh);
    } catch (error) {
      throw error instanceof QuixError ? readable(error) : error;
    }
  }

  /** Called by kafkajs for the first connection, and when it has to begin anew. */
  async loadBrokers(): Promise<string[]> {
    const { brokers } = await this.load(this.#isUnanswered);
    this.#isUnanswered = false;
    // kafkajs takes what stands before the first colon for the host.
    const reachable = brokers.filter((broker) => !broker.startsWith('['));
    if (reachable.length > 0) return reachable;
    throw readable(
      new QuixError(
        'QUIX_UNSUPPORTED',
        'The brokers are IPv6 addresses, which kafkajs cannot connect to.',
        { hint: 'Use host names, or another Kafka client.' },
      ),
    );
  }

  /** The mechanism that kafkajs is about to announce to the broker, for the login that follows. */
  announce(): string {
    const mechanism = this.#session.current?.sasl?.mechanism;
    if (this.#offered !== undefined && mechanism !== this.#offered) {
      this.#offerChangedAt = performance.now();
    }
    this.#offered = mechanism;
    this.#isUnanswered = true;
    return mechanism ?? '';
  }

  /** Logs in with the newest credentials. */
  async authenticate(
    saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate'],
  ): Promise<void> {
    this.#isUnanswered = false;
    const credentials = await this.load();
    const { sasl } = credentials;
    if (!sasl || sasl.mechanism !== this.#offered) throw readable(mechanismChanged(RECONNECTS));
    try {
      await saslLogin(sasl.mechanism, sasl, async (message) => {
        const answer = await saslAuthenticate({
          request: { encode: () => withLength(message) },
          response: { decode: (raw) => raw.subarray(4), parse: (data) => data },
        });
        return answer ?? Buffer.alloc(0);
      });
    } catch (error) {
      // A timeout or a lost connection says nothing about the password.
      if (!isRefusal(error)) throw error instanceof QuixError ? readable(error) : error;
      // Connections share the announcement: this one may have been announced with the old mechanism.
      if (performance.now() - this.#offerChangedAt < OFFER_UNCERTAIN_MS)
        throw readable(mechanismChanged(RECONNECTS));
      this.#session.refuse(credentials, 'SASL_AUTHENTICATION_FAILED');
      throw readable(
        new QuixError(
          'QUIX_CREDENTIALS_REFUSED',
          'Kafka refused the credentials (SASL_AUTHENTICATION_FAILED).',
          {
            retryable: true,
            hint: 'The Portal is asked for the current ones, and kafkajs connects again.',
          },
        ),
      );
    }
    this.#session.accepted();
  }
}

/** kafkajs writes the bytes as they are, and Kafka wants their length before them. */
function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(message.length);
  return Buffer.concat([length, message]);
}

function isRefusal(error: unknown): boolean {
  return (error as { type?: unknown } | null)?.type === 'SASL_AUTHENTICATION_FAILED';
}

/**
 * The error as kafkajs reads it: `retriable` says whether it tries again, the `type` makes it open a
 * new connection for that, and a `cause` would be judged in the error's place.
 */
function readable(error: QuixError): QuixError {
  const { code, retryable, status, correlationId, retryAfterMs, hint } = error;
  const details = { retryable, status, correlationId, retryAfterMs, hint };
  return Object.assign(new QuixError(code, error.summary, details), {
    retriable: retryable,
    ...(retryable && { type: 'ILLEGAL_SASL_STATE' }),
  });
}
