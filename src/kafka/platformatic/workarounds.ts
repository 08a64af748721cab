import type {
  Admin,
  ClusterMetadata,
  Connection,
  ConnectionPool,
  Consumer,
  Producer,
} from '@platformatic/kafka';
import { isFinal, libraryError, type Callback } from './library-errors.ts';
import type { PlatformaticSession } from './platformatic-session.ts';

/** Any client of the library. */
export type PlatformaticClient = Producer | Consumer | Admin;

type Method = (this: PlatformaticClient, ...args: never[]) => unknown;

/** The session of each client. */
export const sessions = new WeakMap<object, PlatformaticSession>();

/** Functions that wrap internal methods of the library, by the description of their symbol. */
export const workarounds: Record<string, (original: Method) => Method> = {
  'plt.kafka.base.getBootstrapConnection': loadCredentialsFirst,
  'plt.kafka.base.createConnectionPool': ignoreLateConnectionErrors,
  'plt.kafka.base.metadata': keepBrokerAddresses,
  'plt.kafka.base.performWithRetry': stopAfterFinalErrors,
};

/**
 * Loads the credentials before the library connects to a bootstrap broker.
 *
 * Missing in the library: an option for brokers that are not known when a client is created. The
 * constructor reads the array `bootstrapBrokers`. Versions: 1.35 and 2.12,
 * `dist/clients/base/base.js`. Upstream: not reported yet.
 */
function loadCredentialsFirst(original: Method): Method {
  return function (callback: Callback<Connection>, ...rest: never[]): void {
    const connect = (): void => {
      const done: typeof callback = (error, connection) => {
        if (error) sessions.get(this)?.recordConnectionError(error);
        callback(error, connection);
      };
      original.apply(this, [done, ...rest] as never[]);
    };
    // Deferred, because a constructor of the user may connect before the client has its session.
    const loaded = Promise.resolve().then(() => sessions.get(this)?.load());
    loaded.then(connect, (error: unknown) => {
      callback(libraryError(error));
    });
  };
}

/**
 * Adds an `error` listener to each connection of a pool. A client has a pool, and each stream of a
 * consumer has another one.
 *
 * Fault: the pool handles only the first `error` event of a connection. If the socket fails during
 * a login, the connection emits `error` twice, and the second event ends the process. Versions:
 * 1.35 and 2.12, `dist/network/connection-pool.js` and `dist/network/connection.js`. Upstream: not
 * reported yet. https://github.com/platformatic/kafka/pull/171 fixed a similar case.
 */
function ignoreLateConnectionErrors(original: Method): Method {
  return function (...args): ConnectionPool {
    const pool = original.apply(this, args) as ConnectionPool;
    return pool.on('connecting', ({ connection }) => {
      connection.on('error', () => undefined);
    });
  };
}

/**
 * Keeps the addresses of brokers that are missing from the metadata while they restart. The library
 * then retries the known address until the broker is back. The metadata of an admin client is not
 * changed, because its users may want to list the running brokers.
 *
 * Fault: a consumer's stream ends if the leader of a partition is missing from the metadata. 1.35
 * can also throw an error that cannot be caught, if a leader or coordinator is missing. Versions:
 * 1.35 and 2.12, `dist/clients/consumer/consumer.js` and `dist/clients/producer/producer.js`.
 * Upstream: https://github.com/platformatic/kafka/issues/319
 */
function keepBrokerAddresses(original: Method): Method {
  const knownBrokers = new WeakMap<object, ClusterMetadata['brokers']>();
  return function (options: unknown, callback: Callback<ClusterMetadata>): unknown {
    const isAdmin = 'createTopics' in this;
    if (isAdmin) return original.apply(this, [options, callback] as never[]);
    const done: typeof callback = (error, metadata) => {
      if (metadata) {
        const brokers = new Map([...(knownBrokers.get(this) ?? []), ...metadata.brokers]);
        knownBrokers.set(this, brokers);
        for (const [id, broker] of brokers) metadata.brokers.set(id, broker);
      }
      callback(error, metadata);
    };
    return original.apply(this, [options, done] as never[]);
  };
}

/** Position of the parameter `shouldSkipRetry` of `performWithRetry`. */
const SHOULD_SKIP_RETRY = 5;

/**
 * Stops retrying after a `QuixError` that is not retryable.
 *
 * Missing in the library: an option that decides which errors are retried. The library reads the
 * property `canRetry`, but 2.12 reads it only from its own errors. Versions: 1.35 and 2.12,
 * `dist/clients/base/base.js`. Upstream: not reported yet.
 */
function stopAfterFinalErrors(original: Method): Method {
  return function (...args: unknown[]): unknown {
    const shouldSkipRetry = args[SHOULD_SKIP_RETRY] as ((error: unknown) => boolean) | undefined;
    args[SHOULD_SKIP_RETRY] = (error: unknown) =>
      isFinal(error) || shouldSkipRetry?.(error) === true;
    return original.apply(this, args as never[]);
  };
}
