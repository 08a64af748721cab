/** @module quix-streams-auth/platformatic */
import type {
  Admin,
  AdminOptions,
  BaseOptions,
  Consumer,
  ConsumerOptions,
  Producer,
  ProducerOptions,
} from '@platformatic/kafka';
import { OnDemand } from '../on-demand.ts';
import type { CredentialSource } from './broker-session.ts';
import { givenOptions } from './given-options.ts';
import { loginKind } from './login-kind.ts';
import { gatedClass, type OpenGate, type PlatformaticClient } from './platformatic-internals.ts';
import type { PlatformaticSession } from './platformatic-session.ts';
import { wrongLibrary } from './wrong-library.ts';

const sessionModule = new OnDemand(() => import('./platformatic-session.ts'));

/** Its own 5 s would have to cover an exchange, too, when a password was refused. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Enough tries, with the delays below, for about half a minute: a password that changes, a broker that restarts. */
const RETRIES = 8;
const MAX_RETRY_DELAY_MS = 5_000;

/** A client's own options, of which clientId and bootstrapBrokers are no longer required. */
type Optional<Options> = Options extends unknown
  ? Omit<Options, 'clientId' | 'bootstrapBrokers'> &
      Partial<Pick<BaseOptions, 'clientId' | 'bootstrapBrokers'>>
  : never;

type Session = OnDemand<PlatformaticSession>;

/**
 * A Producer, Consumer or Admin of `@platformatic/kafka` that gets brokers and credentials from
 * `quix` when it first connects, and the current ones for each connection after that. Creating it
 * sends nothing. What comes back is an instance of the class that was passed.
 *
 * What it sets, unless you do: `bootstrapBrokers`, `sasl` (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512),
 * `tls` with the environment's private CA (host names are verified), `clientId` "quix-streams-auth",
 * `connectTimeout` 10 000 ms (it covers an exchange after a refused login), and `retries` 8 with a
 * delay from 250 ms doubling to 5 s. Idle connections are kept alive below the 4 minutes of cloud
 * load balancers.
 *
 * Whether the broker wants TLS and SASL is taken for granted, as Quix brokers do; where the Portal
 * says otherwise, await `getBrokerCredentials()` first.
 *
 * @throws QuixError `QUIX_CONFIG` for a `client` that is no class, `QUIX_UNSUPPORTED` for a version of the library without the place to hook in;
 * later, inside the library's own errors, as `getBrokerCredentials()`
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
  const overrides = givenOptions(options);
  const protocol = quix.describe().securityProtocol;
  const usesSasl = protocol === undefined || protocol.startsWith('SASL');
  const usesTls = protocol === undefined || protocol.endsWith('SSL');
  const login = loginKind('sasl' in overrides, usesSasl);
  const session = new OnDemand(async () => {
    const { PlatformaticSession } = await sessionModule.get();
    return new PlatformaticSession(quix, login);
  });
  const defaults: BaseOptions = {
    clientId: 'quix-streams-auth',
    bootstrapBrokers: [],
    connectTimeout: CONNECT_TIMEOUT_MS,
    retries: RETRIES,
    retryDelay: (_client, _operation, attempt) => Math.min(MAX_RETRY_DELAY_MS, 125 * 2 ** attempt),
    ...(usesTls && { tls: tlsOptions(session), tlsServerName: true }),
    ...(usesSasl && { sasl: saslOptions(session) }),
  };
  return new (gatedClass(Client))(
    { ...defaults, ...overrides },
    gate(session, 'bootstrapBrokers' in overrides),
  );
}

/** The library spreads it into the options of each connection: the CA is always the current one. */
function tlsOptions(session: Session): NonNullable<BaseOptions['tls']> {
  return {
    get secureContext() {
      return session.made?.secureContext;
    },
  };
}

/** Read for each login, the first one and those that renew a session (`connections.max.reauth.ms`). */
function saslOptions(session: Session): NonNullable<BaseOptions['sasl']> {
  return {
    get mechanism() {
      // Validated at construction; the gate has loaded the real one before it is announced.
      return session.made?.current?.sasl?.mechanism ?? 'PLAIN';
    },
    authenticate: (mechanism, connection, authenticate, _username, _password, _token, callback) => {
      session.get().then((opened) => {
        opened.authenticate({ mechanism, connection, authenticate }, callback);
      }, callback);
    },
  };
}

/** Puts the exchange before the first connection. */
function gate(session: Session, hasOwnBrokers: boolean): OpenGate {
  return (client, toKnownBrokers, callback, attempt) => {
    session.get().then((opened) => {
      opened.connect(client, hasOwnBrokers ? toKnownBrokers : undefined, callback, attempt);
    }, callback);
  };
}
