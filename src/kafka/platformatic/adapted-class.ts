import type { Base, BaseOptions, ClusterMetadata } from '@platformatic/kafka';
import { QuixError } from 'quix-streams-auth';
import { splitBroker } from '../shared/index.ts';
import { withFindBy, type PlatformaticSession } from './platformatic-session.ts';

/** A client class of the library. Its clients connect with the credentials of a session. */
type AdaptedClass = new (options: BaseOptions, session: PlatformaticSession) => Base;
type Callback<T> = (error: Error | null, result?: T) => void;
type Method = (this: Base, ...args: never[]) => unknown;

/** Functions that wrap internal methods of the library, by the description of their symbol. */
const workarounds: Record<string, (original: Method) => Method> = {
  'plt.kafka.base.getBootstrapConnection': loadCredentialsFirst,
  'plt.kafka.base.createConnectionPool': observeConnections,
  'plt.kafka.base.metadata': keepBrokerAddresses,
  'plt.kafka.base.performWithRetry': stopAfterFinalErrors,
};

const knownClasses = new WeakMap<object, AdaptedClass>();
/** The session of each client. */
const sessions = new WeakMap<object, PlatformaticSession>();

/**
 * Returns a subclass of a client class of the library. Its clients connect with the credentials of
 * a session, and have the {@link workarounds}. Each class gets one subclass, because replacing
 * methods on each client would slow down every call.
 *
 * @throws QuixError `QUIX_UNSUPPORTED` if the class does not have the methods to replace
 */
export function adaptedClass(Client: new (options: never) => Base): AdaptedClass {
  const known = knownClasses.get(Client);
  if (known) return known;
  const prototype = Client.prototype as unknown as Record<symbol, unknown>;
  assertNodeVersion(prototype);
  const methods = Object.entries(workarounds).map(([name, workaround]) => {
    const symbol = findSymbol(prototype, name);
    return [symbol, workaround(prototype[symbol] as Method)] as const;
  });

  class Adapted extends (Client as new (options: object) => object) {
    constructor(options: BaseOptions, session: PlatformaticSession) {
      super(options);
      // A constructor may return another object, which would have no session and no workarounds.
      if (!(this instanceof Adapted)) throw unsupportedClassError();
      sessions.set(this, session);
      if (options.bootstrapBrokers.length > 0) return;
      // The library reads this property each time it connects to a bootstrap broker.
      Object.defineProperty(this, findSymbol(this, 'plt.kafka.base.bootstrapBrokers'), {
        get: () => session.current?.brokers.map(splitBroker) ?? [],
      });
    }
  }
  // `constructor` stays the user's class, so that `new client.constructor(options)` still works.
  for (const [key, value] of [...methods, ['constructor', Client] as const]) {
    Object.defineProperty(Adapted.prototype, key, { value, configurable: true, writable: true });
  }
  knownClasses.set(Client, Adapted as unknown as AdaptedClass);
  return Adapted as unknown as AdaptedClass;
}

/** Finds a symbol of an object or its prototypes. The library does not export its symbols. */
function findSymbol(object: object | null, description: string): symbol {
  return ownerOfSymbol(object, description).symbol;
}

/** Finds a symbol, and the object or prototype that has it. */
function ownerOfSymbol(
  object: object | null | undefined,
  description: string,
): { symbol: symbol; owner: object } {
  if (!object) throw unsupportedClassError();
  const symbols = Object.getOwnPropertySymbols(object);
  const symbol = symbols.find((each) => each.description === description);
  if (symbol) return { symbol, owner: object };
  return ownerOfSymbol(Object.getPrototypeOf(object) as object | null, description);
}

/**
 * Rejects version 2 of the library on Node 20, where each call fails with "Promise.withResolvers is
 * not a function". A class does not contain the version of its package. This function therefore
 * calls a method without a client, which fails at once in both versions, and checks the error.
 */
function assertNodeVersion(prototype: object): void {
  if ('withResolvers' in Promise) return;
  // A class of the user may override the method, so this is the prototype of the library's class.
  const { owner } = ownerOfSymbol(prototype, 'plt.kafka.base.metadata');
  try {
    void (owner as Base).listApis.call(undefined as never);
  } catch (error) {
    if (!(error instanceof TypeError && error.message.includes('withResolvers'))) return;
    const summary = `Version 2 of @platformatic/kafka needs Node 22.22 or 24.6. This is Node ${process.versions.node}.`;
    const hint = 'Update Node, or run "npm install @platformatic/kafka@1".';
    throw new QuixError('QUIX_UNSUPPORTED', summary, { hint });
  }
}

function unsupportedClassError(): QuixError {
  const hint = 'Pass Producer, Consumer or Admin of a version in the range "^1.35.0 || ^2.0.0".';
  const summary = 'This class or this version of @platformatic/kafka is not supported.';
  return new QuixError('QUIX_UNSUPPORTED', summary, { hint });
}

/**
 * Loads the credentials before the library connects to a bootstrap broker. The library has no
 * option for brokers that are not known when a client is created. Versions: 1.35 and 2.12,
 * `dist/clients/base/base.js`. Upstream: not reported yet.
 */
function loadCredentialsFirst(original: Method): Method {
  return function (callback: Callback<unknown>, ...rest: never[]): void {
    const connect = (): void => {
      updateProtocol(this);
      original.apply(this, [callback, ...rest] as never[]);
    };
    // Deferred, because a constructor of the user may connect before the client has its session.
    const loaded = Promise.resolve().then(() => sessions.get(this)?.load());
    loaded.then(connect, (error: unknown) => {
      callback(withFindBy(error));
    });
  };
}

/**
 * Replaces the connection pool of a client if the security protocol has changed. A pool copies the
 * options for TLS and SASL from the client when the pool is created. Versions: 1.35 and 2.12,
 * `dist/clients/base/base.js`.
 */
function updateProtocol(client: Base): void {
  const session = sessions.get(client);
  const protocol = session?.current?.securityProtocol;
  if (!session || !protocol || protocol === session.protocol) return;
  session.protocol = protocol;
  const properties = client as unknown as Record<symbol, unknown>;
  const options = properties[findSymbol(client, 'plt.kafka.base.options')] as object;
  const createPool = properties[
    findSymbol(client, 'plt.kafka.base.createConnectionPool')
  ] as Method;
  Object.assign(options, { tls: undefined, sasl: undefined }, session.optionsFor(protocol));
  client.connections.close(() => undefined);
  properties[findSymbol(client, 'plt.kafka.base.connections')] = createPool.call(client);
}

/**
 * Reports each new connection of a pool and its errors to the session. A client has a pool, and each
 * stream of a consumer has another one.
 *
 * Without the `error` listener, the process could end: if the socket fails during a login, the
 * connection emits `error` twice, and the pool handles only the first event. Versions: 1.35 and 2.12,
 * `dist/network/connection-pool.js` and `dist/network/connection.js`. Upstream: not reported yet.
 * https://github.com/platformatic/kafka/pull/171 fixed a similar case.
 */
function observeConnections(original: Method): Method {
  return function (...args) {
    const pool = original.apply(this, args) as Base['connections'];
    // The constructor of the library creates the first pool before the client has its session.
    let protocol = sessions.get(this)?.protocol;
    return pool.on('connecting', ({ connection }) => {
      const session = sessions.get(this);
      protocol ??= session?.protocol;
      if (session && protocol) session.recordConnection(connection, protocol);
      connection.on('error', (error) => session?.recordConnectionError(connection, error));
    });
  };
}

/**
 * Keeps the addresses of brokers that are missing from the metadata while they restart. The library
 * then retries the known address until the broker is back. The metadata of an admin client is not
 * changed, because its users may want to list the running brokers.
 *
 * Without the address, a consumer's stream ends if the broker is the leader of a partition. 1.35
 * can also throw an error that cannot be caught, if a leader or coordinator is missing. Versions:
 * 1.35 and 2.12, `dist/clients/consumer/consumer.js` and `dist/clients/producer/producer.js`.
 * Upstream: https://github.com/platformatic/kafka/issues/319
 */
function keepBrokerAddresses(original: Method): Method {
  const knownBrokers = new WeakMap<object, ClusterMetadata['brokers']>();
  return function (options: unknown, callback: Callback<ClusterMetadata>): unknown {
    const done: typeof callback = (error, metadata) => {
      if (metadata) {
        const brokers = new Map([...(knownBrokers.get(this) ?? []), ...metadata.brokers]);
        knownBrokers.set(this, brokers);
        for (const [id, broker] of brokers) metadata.brokers.set(id, broker);
      }
      callback(error, metadata);
    };
    const isAdmin = 'createTopics' in this;
    return original.apply(this, [options, isAdmin ? callback : done] as never[]);
  };
}

/**
 * Stops retrying after a `QuixError` that is not retryable or has such a cause. For example, a new
 * login after a refusal does not succeed while the Portal rejects the token. The library has no
 * option for this. It reads the property `canRetry`, but 2.12 reads it only from its own errors.
 * Versions: 1.35 and 2.12, `dist/clients/base/base.js`. Upstream: not reported yet.
 */
function stopAfterFinalErrors(original: Method): Method {
  const position = 5; // of the parameter `shouldSkipRetry`
  return function (...args: unknown[]): unknown {
    const shouldSkipRetry = args[position] as ((error: unknown) => boolean) | undefined;
    args[position] = (error: unknown) => isFinal(error) || shouldSkipRetry?.(error) === true;
    return original.apply(this, args as never[]);
  };
}

function isFinal(error: unknown): boolean {
  const found = QuixError.from(error);
  return found !== undefined && (!found.retryable || isFinal(found.cause));
}
