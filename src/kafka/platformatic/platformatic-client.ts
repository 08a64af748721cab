import type {
  Admin,
  AdminOptions,
  BaseOptions,
  Consumer,
  ConsumerOptions,
  Producer,
  ProducerOptions,
} from '@platformatic/kafka';
import {
  CONNECT_TIMEOUT_MS,
  connectionSettings,
  wrongLibrary,
  type CredentialSource,
} from '../shared/index.ts';
import { hookedClass } from './hooked-class.ts';
import { settle } from './library-errors.ts';
import { PlatformaticSession } from './platformatic-session.ts';
import type { PlatformaticClient } from './workarounds.ts';

/** With the delays below, about half a minute: enough for a password change or a broker restart. */
const RETRIES = 8;
const MAX_RETRY_DELAY_MS = 5_000;

/** Options of a client class, with `clientId` and `bootstrapBrokers` optional. */
type Optional<Options> = Options extends unknown
  ? Omit<Options, 'clientId' | 'bootstrapBrokers'> &
      Partial<Pick<BaseOptions, 'clientId' | 'bootstrapBrokers'>>
  : never;

/**
 * Creates a Producer, Consumer or Admin of `@platformatic/kafka` that takes brokers and credentials
 * from `quix`. The token is exchanged when the client first connects, and each later connection
 * uses the current credentials. Creating a client sends nothing. The result is an instance of the
 * class that you pass.
 *
 * The client gets `bootstrapBrokers`, `sasl` (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512), `tls` with the
 * environment's private CA and host name verification, `clientId` "quix-streams-auth",
 * `connectTimeout` 10 000 ms (it includes an exchange after a refused login), and `retries` 8 with
 * a delay from 250 ms doubling to 5 s. Idle connections are kept alive.
 *
 * Whether the broker requires TLS and SASL must be known when the client is created. Both are
 * assumed, because Quix brokers require them. Await `getBrokerCredentials()` first if your broker
 * does not.
 *
 * @param client - The class `Producer`, `Consumer` or `Admin`, or a class of yours that extends
 * one.
 * @param options - Options of that class. They replace the ones above.
 * @throws QuixError `QUIX_CONFIG` if `client` is not a class, `QUIX_UNSUPPORTED` for a version of
 * the library that is not supported. Later, inside the library's own errors, the errors of
 * `getBrokerCredentials()`
 *
 * @example
 * ```ts
 * import { Producer, stringSerializers } from '@platformatic/kafka';
 * import { QuixStreamingClient } from 'quix-streams-auth';
 * import { platformaticClient } from 'quix-streams-auth/platformatic';
 *
 * const quix = new QuixStreamingClient();
 * const producer = platformaticClient(quix, Producer, { serializers: stringSerializers });
 * const { workspaceId } = await quix.getBrokerCredentials();
 * await producer.send({ messages: [{ topic: `${workspaceId}-f1-data`, key: 'car-1', value: '312' }] });
 * ```
 */
export function platformaticClient<
  Key = Buffer,
  Value = Buffer,
  HeaderKey = Buffer,
  HeaderValue = Buffer,
>(
  quix: CredentialSource,
  client: typeof Producer,
  options?: Optional<ProducerOptions<Key, Value, HeaderKey, HeaderValue>>,
): Producer<Key, Value, HeaderKey, HeaderValue>;
export function platformaticClient<
  Key = Buffer,
  Value = Buffer,
  HeaderKey = Buffer,
  HeaderValue = Buffer,
>(
  quix: CredentialSource,
  client: typeof Consumer,
  options: Optional<ConsumerOptions<Key, Value, HeaderKey, HeaderValue>>,
): Consumer<Key, Value, HeaderKey, HeaderValue>;
export function platformaticClient(
  quix: CredentialSource,
  client: typeof Admin,
  options?: Optional<AdminOptions>,
): Admin;
export function platformaticClient(
  quix: CredentialSource,
  Client: new (options: never) => PlatformaticClient,
  options: Partial<BaseOptions> = {},
): PlatformaticClient {
  if (typeof Client !== 'function') {
    throw wrongLibrary('platformaticClient', 'Producer, Consumer or Admin', '@platformatic/kafka');
  }
  const { overrides, usesSasl, usesTls, authMode } = connectionSettings(quix.describe(), options);
  const session = new PlatformaticSession(quix, '@platformatic/kafka', authMode);
  const defaults: BaseOptions = {
    clientId: 'quix-streams-auth',
    bootstrapBrokers: [],
    connectTimeout: CONNECT_TIMEOUT_MS,
    retries: RETRIES,
    retryDelay: (_client, _operation, attempt) => Math.min(MAX_RETRY_DELAY_MS, 125 * 2 ** attempt),
    ...(usesTls && { tls: tlsOptions(session), tlsServerName: true }),
    ...(usesSasl && { sasl: saslOptions(session) }),
  };
  const hasOwnBrokers = 'bootstrapBrokers' in overrides;
  return new (hookedClass(Client))({ ...defaults, ...overrides }, (hooked, connect, attempt) =>
    session.connect(hooked, hasOwnBrokers ? connect : undefined, attempt),
  );
}

/** The library spreads these options for each connection, so that each one uses the current CA. */
function tlsOptions(session: PlatformaticSession): NonNullable<BaseOptions['tls']> {
  return {
    get secureContext() {
      return session.secureContext;
    },
  };
}

type SaslOptions = NonNullable<BaseOptions['sasl']>;

/**
 * The library reads these options for each login and each renewal (`connections.max.reauth.ms`).
 */
function saslOptions(session: PlatformaticSession): SaslOptions {
  return {
    get mechanism() {
      // The constructor validates this before the real mechanism is known. load() checks that one.
      return (session.current?.sasl?.mechanism ?? 'PLAIN') as SaslOptions['mechanism'];
    },
    authenticate: (mechanism, connection, authenticate, _username, _password, _token, callback) => {
      settle(session.logIn(mechanism, connection, authenticate), callback);
    },
  };
}
