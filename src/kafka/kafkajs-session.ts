import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { AuthenticationProviderArgs, ISocketFactoryArgs, Mechanism } from 'kafkajs';
import type { BrokerCredentials } from '../broker/index.ts';
import type { QuixStreamingClient } from '../client.ts';
import { errorSummary, QuixError } from '../errors.ts';
import { errorCode } from '../sanitize-error.ts';
import { isSupportedMechanism, saslLogin, SUPPORTED_MECHANISMS } from './sasl-login.ts';

/** As kafkajs' own socket factory does; it also keeps cloud load balancers from closing idle ones. */
const KEEP_ALIVE_MS = 60_000;
/** So often Kafka may refuse logins in a row before a running service is told to give up. */
const MAX_REFUSALS = 5;
/** OpenSSL's codes for a broker whose certificate the CA at hand does not vouch for. */
const UNTRUSTED = /^(?:SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|CERT_)/;

/** What an adapter needs of a {@link QuixStreamingClient}. */
export type CredentialSource = Pick<
  QuixStreamingClient,
  'getBrokerCredentials' | 'invalidate' | 'describe'
>;

/** What the user's config has decided already; `undefined` leaves it to the credentials. */
export interface KafkaJSSessionOptions {
  readonly expectsSasl: boolean | undefined;
  readonly tls: ConnectionOptions | boolean | undefined;
}

/** What the connections of one `Kafka` share: the snapshot in use, and how its logins went. */
export class KafkaJSSession {
  readonly #quix: CredentialSource;
  readonly #options: KafkaJSSessionOptions;
  #current: BrokerCredentials | undefined;
  /** The mechanism that kafkajs was told last. */
  #offered = '';
  #hasLoggedIn = false;
  /** Refused snapshots since the last login that succeeded. */
  #refused = 0;
  /** What Kafka said to the last one. */
  #refusedWith: string | undefined;

  constructor(quix: CredentialSource, options: KafkaJSSessionOptions) {
    this.#quix = quix;
    this.#options = options;
  }

  /** Called by kafkajs for the first connection, and when it has to begin anew. */
  async loadBrokers(): Promise<string[]> {
    const { brokers, sasl } = await this.#load();
    const { expectsSasl } = this.#options;
    if (expectsSasl !== undefined && expectsSasl !== (sasl !== undefined)) {
      throw readable(
        new QuixError(
          'QUIX_UNSUPPORTED',
          `The broker ${sasl ? 'wants' : 'does without'} SASL, which was not known when the kafkajs config was made.`,
          {
            hint: 'Await quix.getBrokerCredentials() before kafkaJSConfig(quix).',
          },
        ),
      );
    }
    if (sasl && !isSupportedMechanism(sasl.mechanism)) {
      throw readable(
        new QuixError(
          'QUIX_UNSUPPORTED',
          `The broker wants the SASL mechanism ${sasl.mechanism}.`,
          {
            hint: `With kafkajs, ${SUPPORTED_MECHANISMS.join(', ')} are supported.`,
          },
        ),
      );
    }
    // kafkajs takes what stands before the first colon for the host.
    const reachable = brokers.filter((broker) => !broker.startsWith('['));
    if (reachable.length > 0) return reachable;
    throw readable(
      new QuixError(
        'QUIX_UNSUPPORTED',
        'The brokers are IPv6 addresses, which kafkajs cannot connect to.',
        {
          hint: 'Use host names, or another Kafka client.',
        },
      ),
    );
  }

  /** kafkajs reads `mechanism`, announces it to the broker, and has `authenticationProvider` log in. */
  get sasl(): Mechanism {
    const announce = (): string => (this.#offered = this.#current?.sasl?.mechanism ?? '');
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
    const credentials = this.#current;
    const { tls = credentials?.securityProtocol.endsWith('SSL') ?? true } = this.#options;
    let socket: Socket;
    if (tls === false) {
      socket = process.getBuiltinModule('node:net').connect({ host, port }, onConnect);
    } else {
      const isAddress = process.getBuiltinModule('node:net').isIP(host) !== 0;
      const options: ConnectionOptions = {
        host,
        port,
        ...(!isAddress && { servername: host }),
        ...(credentials?.ca !== undefined && { ca: credentials.ca }),
        ...(tls === true ? {} : tls),
      };
      socket = process.getBuiltinModule('node:tls').connect(options, onConnect);
      socket.once('error', (error) => {
        const code = errorCode(error);
        // A CA that was replaced: the Portal knows the new one.
        if (code !== undefined && UNTRUSTED.test(code)) this.#refuse(credentials, code);
      });
    }
    return socket.setKeepAlive(true, KEEP_ALIVE_MS);
  };

  async #authenticate(
    saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate'],
  ): Promise<void> {
    const credentials = await this.#load();
    const { sasl } = credentials;
    if (sasl?.mechanism !== this.#offered || !isSupportedMechanism(sasl.mechanism)) {
      throw readable(
        new QuixError(
          'QUIX_CREDENTIALS_REFUSED',
          'The SASL mechanism changed while a connection was being made.',
          {
            retryable: true,
            hint: 'kafkajs connects again.',
          },
        ),
      );
    }
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
      this.#refuse(credentials, 'SASL_AUTHENTICATION_FAILED');
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
    this.#hasLoggedIn = true;
    this.#refused = 0;
  }

  #refuse(credentials: BrokerCredentials | undefined, reason: string): void {
    if (!credentials || credentials !== this.#current) return;
    this.#refused++;
    this.#refusedWith = reason;
    this.#quix.invalidate(credentials);
  }

  async #load(): Promise<BrokerCredentials> {
    try {
      return (this.#current = await this.#quix.getBrokerCredentials());
    } catch (error) {
      throw error instanceof QuixError ? readable(this.#withKafkaSide(error)) : error;
    }
  }

  /**
   * A refusal that stays is final: at once for a service that never got in, and for one that did
   * after {@link MAX_REFUSALS}, so that its supervisor can restart it.
   */
  #withKafkaSide(error: QuixError): QuixError {
    if (error.code !== 'QUIX_CREDENTIALS_REFUSED' || this.#refusedWith === undefined) return error;
    const { retryAfterMs, hint } = error;
    return new QuixError(error.code, `${errorSummary(error)} Kafka's side: ${this.#refusedWith}.`, {
      retryable: this.#hasLoggedIn && this.#refused < MAX_REFUSALS,
      retryAfterMs,
      hint,
    });
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
  return Object.assign(
    new QuixError(code, errorSummary(error), {
      retryable,
      status,
      correlationId,
      retryAfterMs,
      hint,
    }),
    { retriable: retryable, ...(retryable && { type: 'ILLEGAL_SASL_STATE' }) },
  );
}
