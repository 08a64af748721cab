import type { ConnectionOptions } from 'node:tls';
import type {
  Admin,
  AdminOptions,
  Base,
  BaseOptions,
  Consumer,
  ConsumerOptions,
  Producer,
  ProducerOptions,
} from '@platformatic/kafka';
import type { QuixStreamingClient } from 'quix-streams-auth';
import {
  assertClient,
  CONNECT_TIMEOUT_MS,
  resolveSettings,
  wrongLibraryError,
} from '../shared/index.ts';
import { adaptedClass } from './adapted-class.ts';
import { PlatformaticSession, withFindBy } from './platformatic-session.ts';

const PACKAGE = '@platformatic/kafka';
type SaslOptions = NonNullable<BaseOptions['sasl']>;

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
 * The function sets these options: `bootstrapBrokers`, `sasl` (PLAIN, SCRAM-SHA-256,
 * SCRAM-SHA-512), `tls` with the environment's private CA, `tlsServerName` for the verification of
 * host names, `clientId` (see below), `connectTimeout` (10 000 ms, which includes the login and an
 * exchange), `retries` (14) and `retryDelay` (250 ms, doubling up to 2 s). Connections that log in
 * with the credentials of `quix` are kept alive while they are idle.
 *
 * `clientId` is the client id of the Portal if `quix` has already loaded credentials with a client
 * id, and otherwise `quix-streams-auth`.
 *
 * `tls` also contains the client certificate and the cipher suites that the Portal sent. For other
 * settings of the Portal, `quix` emits the `warning` `BROKER_SETTING_IGNORED`.
 *
 * New connections use TLS and SASL as the current credentials require. If the protocol, TLS
 * settings, mechanism or user name has changed since a connection was opened, the connection is
 * closed before its login.
 *
 * Calls of the client fail with the errors of `getBrokerCredentials()`, inside an error of the
 * library.
 *
 * @param quix - Provides the brokers and credentials.
 * @param client - The class `Producer`, `Consumer` or `Admin`, or a class of your own that extends
 * one of them.
 * @param options - Options of that class. They replace the options that this function sets.
 * Certificates are verified unless your `tls` contains `rejectUnauthorized: false`.
 * @typeParam K - Key of a message.
 * @typeParam V - Value of a message.
 * @typeParam HK - Key of a header.
 * @typeParam HV - Value of a header.
 * @throws QuixError `QUIX_CONFIG` if `quix` is not a `QuixStreamingClient`, or if `client` is not a
 * function. `QUIX_UNSUPPORTED` if `client` is not a client class of a supported version of the
 * library, or if that version does not run on this version of Node
 *
 * @example
 * ```ts
 * import { Producer, stringSerializers } from '@platformatic/kafka';
 * import { QuixStreamingClient } from 'quix-streams-auth';
 * import { platformaticClient } from 'quix-streams-auth/platformatic';
 *
 * const quix = new QuixStreamingClient();
 * const producer = platformaticClient(quix, Producer, { serializers: stringSerializers });
 * const { id: topic } = await quix.getTopic('f1-data');
 * await producer.send({ messages: [{ topic, key: 'car-1', value: '312' }] });
 * ```
 */
export function platformaticClient<K = Buffer, V = Buffer, HK = Buffer, HV = Buffer>(
  quix: Pick<QuixStreamingClient, 'getBrokerCredentials' | 'invalidate' | 'describe'>,
  client: typeof Producer,
  options?: Optional<ProducerOptions<K, V, HK, HV>>,
): Producer<K, V, HK, HV>;
export function platformaticClient<K = Buffer, V = Buffer, HK = Buffer, HV = Buffer>(
  quix: Pick<QuixStreamingClient, 'getBrokerCredentials' | 'invalidate' | 'describe'>,
  client: typeof Consumer,
  options: Optional<ConsumerOptions<K, V, HK, HV>>,
): Consumer<K, V, HK, HV>;
export function platformaticClient(
  quix: Pick<QuixStreamingClient, 'getBrokerCredentials' | 'invalidate' | 'describe'>,
  client: typeof Admin,
  options?: Optional<AdminOptions>,
): Admin;
export function platformaticClient(
  quix: Pick<QuixStreamingClient, 'getBrokerCredentials' | 'invalidate' | 'describe'>,
  Client: new (options: never) => Base,
  options: Partial<BaseOptions> = {},
): Base {
  assertClient(quix, 'platformaticClient');
  if (typeof Client !== 'function') {
    throw wrongLibraryError('platformaticClient', 'Producer, Consumer or Admin', PACKAGE);
  }
  const {
    options: userOptions,
    securityProtocol,
    clientId,
  } = resolveSettings(quix.describe(), options);
  // The library reads these options for each login, also when it renews the login of an open
  // connection (`connections.max.reauth.ms`).
  const sasl: SaslOptions = {
    get mechanism() {
      // The constructor of the library requires a valid mechanism before the real one is known.
      return (session.current?.sasl?.mechanism ?? 'PLAIN') as SaslOptions['mechanism'];
    },
    authenticate: (mechanism, connection, api, _user, _password, _token, callback) => {
      session.logIn(mechanism, connection, api).then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(withFindBy(error));
        },
      );
    },
  };
  const userTls = userOptions.tls ?? userOptions.ssl;
  const defaultTls: ConnectionOptions = {
    // The library reads this property for each connection.
    get secureContext() {
      return session.secureContext;
    },
  };
  const tls: ConnectionOptions = Object.defineProperties(
    // Otherwise, NODE_TLS_REJECT_UNAUTHORIZED=0 would turn off verification.
    { rejectUnauthorized: true },
    // Copies the getters. A spread would replace them with their values.
    Object.getOwnPropertyDescriptors(userTls ?? defaultTls),
  );
  const authMode = 'sasl' in userOptions ? 'user' : 'any';
  const session = new PlatformaticSession(quix, authMode, securityProtocol, (protocol) => ({
    ...((userTls ?? protocol.endsWith('SSL')) && { tls }),
    ...(protocol.startsWith('SASL') && { sasl }),
    ...(userOptions.sasl && { sasl: userOptions.sasl }),
  }));
  const clientOptions: BaseOptions = {
    clientId: clientId ?? 'quix-streams-auth',
    bootstrapBrokers: [],
    connectTimeout: CONNECT_TIMEOUT_MS,
    // About 24 s in total. A password change or a broker restart takes less time. After an outage of
    // the Portal, a client continues within the last delay.
    retries: 14,
    retryDelay: (_client, _operation, attempt) => Math.min(2_000, 125 * 2 ** attempt),
    tlsServerName: true,
    ...userOptions,
    ...session.optionsFor(securityProtocol),
  };
  return new (adaptedClass(Client))(clientOptions, session);
}
