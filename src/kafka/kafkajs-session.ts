import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { AuthenticationProviderArgs, ISocketFactoryArgs, Mechanism } from 'kafkajs';
import { errorSummary, QuixError } from '../errors.ts';
import { errorCode } from '../sanitize-error.ts';
import {
  BrokerSession,
  type CredentialSource,
  type LoginKind,
  type UsableCredentials,
} from './broker-session.ts';
import { keepAlive, UNTRUSTED_CERTIFICATE } from './connection.ts';
import { mechanismChanged } from './sasl-mechanism.ts';

/** kafkajs gives a login this long by default; after that none is left from before a change. */
const OFFER_UNCERTAIN_MS = 10_000;

const RECONNECTS = 'kafkajs connects again.';

/** What the user's config has decided already; `tls: undefined` leaves it to the credentials. */
export interface KafkaJSSessionOptions {
  readonly login: LoginKind;
  readonly tls: ConnectionOptions | boolean | undefined;
}

/** The functions of a kafkajs config: they serve all connections of one `Kafka`. */
export class KafkaJSSession {
  readonly #session: BrokerSession;
  readonly #tls: ConnectionOptions | boolean | undefined;
  /** The mechanism that kafkajs was told last, and when that was another one. */
  #offered: string | undefined;
  #offerChangedAt = -Infinity;
  /** No login has followed the last announcement: the broker may not offer that mechanism any more. */
  #isUnanswered = false;

  constructor(quix: CredentialSource, { login, tls }: KafkaJSSessionOptions) {
    this.#session = new BrokerSession(quix, 'kafkajs', login);
    this.#tls = tls;
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

  /** kafkajs reads `mechanism`, announces it to the broker, and has `authenticationProvider` log in. */
  get sasl(): Mechanism {
    const announce = (): string => this.#announce();
    return {
      get mechanism() {
        return announce();
      },
      authenticationProvider: ({ saslAuthenticate }) => ({
        authenticate: () => this.#authenticate(saslAuthenticate),
      }),
    };
  }

  /** TLS or not, and the CA, as of the snapshot in use. */
  readonly connectSocket = ({ host, port, onConnect }: ISocketFactoryArgs): Socket => {
    const credentials = this.#session.current;
    const tls = this.#tls ?? credentials?.securityProtocol.endsWith('SSL') ?? true;
    const { connect, isIP } = process.getBuiltinModule('node:net');
    if (tls === false) return settleAtEnd(keepAlive(connect({ host, port }, onConnect)));
    const options: ConnectionOptions = {
      host,
      port,
      ...(isIP(host) === 0 && { servername: host }),
      ...(credentials?.ca !== undefined && { ca: credentials.ca }),
      ...(tls === true ? {} : tls),
    };
    const socket = process.getBuiltinModule('node:tls').connect(options, onConnect);
    socket.once('error', (error) => {
      const code = errorCode(error);
      // A CA that was replaced: the Portal knows the new one.
      if (code !== undefined && UNTRUSTED_CERTIFICATE.test(code))
        this.#session.refuse(credentials, code);
    });
    return settleAtEnd(keepAlive(socket));
  };

  #announce(): string {
    const mechanism = this.#session.current?.sasl?.mechanism;
    if (this.#offered !== undefined && mechanism !== this.#offered) {
      this.#offerChangedAt = performance.now();
    }
    this.#offered = mechanism;
    this.#isUnanswered = true;
    return mechanism ?? '';
  }

  async #authenticate(
    saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate'],
  ): Promise<void> {
    this.#isUnanswered = false;
    const credentials = await this.load();
    const { sasl } = credentials;
    if (!sasl || sasl.mechanism !== this.#offered) throw readable(mechanismChanged(RECONNECTS));
    const { saslLogin } = await import('./sasl-login.ts');
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

/**
 * kafkajs 2.2.4 may send a login's first request on a connection that it is closing, because a login
 * before it was refused. Its own end of the wait for that answer is then gone, it keeps the broker's
 * lock, and no connection to that broker is made ever again. It rejects what is unanswered when the
 * socket ends while it is disconnecting, which is what it is as soon as it has heard of the end once.
 */
function settleAtEnd(socket: Socket): Socket {
  // By then kafkajs' own listener stands before this one.
  return socket.once('connect', () => socket.once('end', () => socket.emit('end')));
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
  return Object.assign(new QuixError(code, errorSummary(error), details), {
    retriable: retryable,
    ...(retryable && { type: 'ILLEGAL_SASL_STATE' }),
  });
}
