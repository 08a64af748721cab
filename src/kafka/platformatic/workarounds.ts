import type {
  Admin,
  ClusterMetadata,
  Connection,
  ConnectionPool,
  Consumer,
  Producer,
} from '@platformatic/kafka';
import { isFinal, settle, type Callback } from './library-errors.ts';

/** Any client of the library. */
export type PlatformaticClient = Producer | Consumer | Admin;

/** Opens a connection to one of the bootstrap brokers. Only 2.x counts the attempts. */
export type Connect = (attempt?: number) => Promise<Connection>;

/** Runs in place of the library's own {@link Connect}, which it can call. */
export type ConnectHook = (
  client: PlatformaticClient,
  connect: Connect,
  attempt?: number,
) => Promise<Connection>;

type Method = (this: PlatformaticClient, ...args: never[]) => unknown;

/** The connect hook of each client. */
export const connectHooks = new WeakMap<object, ConnectHook>();

/** Replacements for internal methods of the library. The names are the same in 1.x and 2.x. */
export const workarounds: Record<string, (original: Method) => Method> = {
  'plt.kafka.base.getBootstrapConnection': callConnectHook,
  'plt.kafka.base.createConnectionPool': handleLateConnectionErrors,
  'plt.kafka.base.metadata': keepBrokerAddresses,
  'plt.kafka.base.performWithRetry': skipFinalRetries,
};

/**
 * Calls the connect hook to open the first connection.
 *
 * Missing in the library: `bootstrapBrokers` is an array that the constructor reads. There is no
 * option for brokers that are known later. Versions: 1.35 and 2.12, `dist/clients/base/base.js`.
 * Upstream: not reported yet.
 */
function callConnectHook(original: Method): Method {
  return function (callback: Callback<Connection>, attempt?: number): void {
    const connect = (...args: Parameters<Connect>): Promise<Connection> =>
      new Promise((resolve, reject) => {
        const done: Callback<Connection> = (error, connection) => {
          if (connection) resolve(connection);
          else reject(error ?? new Error('no connection'));
        };
        original.apply(this, [done, ...args] as never[]);
      });
    // The constructor of a derived class may connect before its hook is set.
    const hooked = Promise.resolve().then(() => connectHooks.get(this)?.(this, connect, attempt));
    settle(hooked, callback);
  };
}

/**
 * Adds an `error` listener to each connection of a pool. Each stream of a consumer has its own
 * pool.
 *
 * Fault: the pool handles only the first `error` event of a connection. If the socket fails during
 * a login, the connection emits `error` twice, and the second event ends the process. Versions:
 * 1.35 and 2.12, `dist/network/connection-pool.js` and `dist/network/connection.js`. Upstream: not
 * reported yet. https://github.com/platformatic/kafka/pull/171 fixed a similar case.
 */
function handleLateConnectionErrors(original: Method): Method {
  return function (...args): ConnectionPool {
    const pool = original.apply(this, args) as ConnectionPool;
    return pool.on('connecting', ({ connection }) => {
      connection.on('error', () => undefined);
    });
  };
}

/**
 * Keeps the addresses of brokers that are missing from the metadata while they restart. The library
 * then connects to the known address and retries until the broker is back. An admin is left as it
 * is, because its users may want to list the brokers that are running.
 *
 * Fault: the library looks up leaders and coordinators without checking that they are in the
 * metadata. 1.35 ends a consumer's stream, or throws where nothing can catch the error. Versions:
 * 1.35 and 2.12, `dist/clients/consumer/consumer.js` and `dist/clients/producer/producer.js`.
 * Upstream: https://github.com/platformatic/kafka/issues/319
 */
function keepBrokerAddresses(original: Method): Method {
  const addresses = new WeakMap<object, ClusterMetadata['brokers']>();
  return function (options: unknown, callback: Callback<ClusterMetadata>): unknown {
    if ('createTopics' in this) return original.apply(this, [options, callback] as never[]);
    const done: typeof callback = (error, metadata) => {
      if (metadata) {
        const merged = new Map([...(addresses.get(this) ?? []), ...metadata.brokers]);
        addresses.set(this, merged);
        for (const [id, broker] of merged) metadata.brokers.set(id, broker);
      }
      callback(error, metadata);
    };
    return original.apply(this, [options, done] as never[]);
  };
}

/**
 * Stops retrying after a `QuixError` that is not retryable.
 *
 * Missing in the library: 2.x reads `canRetry` from its own errors only.
 * Versions: 1.35 and 2.12, `dist/clients/base/base.js`.
 * Upstream: not reported yet.
 */
function skipFinalRetries(original: Method): Method {
  return function (...args: unknown[]): unknown {
    const shouldSkipRetry = args[5] as ((error: unknown) => boolean) | undefined;
    args[5] = (error: unknown) => isFinal(error) || shouldSkipRetry?.(error) === true;
    return original.apply(this, args as never[]);
  };
}
