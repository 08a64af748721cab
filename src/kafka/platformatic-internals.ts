import type {
  Admin,
  ClusterMetadata,
  ConnectionPool,
  Consumer,
  Producer,
} from '@platformatic/kafka';
import { QuixError } from '../errors.ts';
import { isFinal } from './platformatic-error.ts';

type PlatformaticClient = Producer | Consumer | Admin;

function findMethod(instance: object, description: string): symbol {
  for (
    let level: object | null = instance;
    level !== null;
    level = Object.getPrototypeOf(level) as object | null
  ) {
    const method = Object.getOwnPropertySymbols(level).find(
      (symbol) => symbol.description === description,
    );
    if (method) return method;
  }
  throw new QuixError(
    'QUIX_UNSUPPORTED',
    'This version of @platformatic/kafka has no place to give it brokers late.',
    {
      hint: 'Use 1.35 or a 2.x that quix-streams-auth was tested with, or pass bootstrapBrokers and sasl yourself.',
    },
  );
}

/**
 * Replaces, on one client alone, a method that the library keeps under a symbol of its own; the
 * descriptions are the same in 1.x and 2.x.
 *
 * @throws QuixError `QUIX_UNSUPPORTED` for a version of the library that has no such method
 */
export function replaceMethod<Method extends (...args: never[]) => unknown>(
  instance: PlatformaticClient,
  description: string,
  makeReplacement: (original: Method) => Method,
): void {
  const name = findMethod(instance, description);
  const original = (Reflect.get(instance, name) as Method).bind(instance) as Method;
  Object.defineProperty(instance, name, {
    value: makeReplacement(original),
    configurable: true,
    writable: true,
  });
}

type LoadMetadata = (
  options: unknown,
  callback: (error: Error | null, metadata?: ClusterMetadata) => void,
) => void;

/**
 * Keeps the addresses of brokers that the cluster does not list while they restart. The library looks
 * up the leaders and coordinators that it knows from before: 1.35 ends a consumer's stream when one is
 * not listed, or throws where nobody can catch it. With the address, it tries again until they are back.
 */
export function rememberBrokers(instance: PlatformaticClient): void {
  const known: ClusterMetadata['brokers'] = new Map();
  replaceMethod<LoadMetadata>(
    instance,
    'plt.kafka.base.metadata',
    (original) => (options, callback) => {
      original(options, (error, metadata) => {
        if (metadata) {
          for (const [id, broker] of metadata.brokers) known.set(id, broker);
          for (const [id, broker] of known) metadata.brokers.set(id, broker);
        }
        callback(error, metadata);
      });
    },
  );
}

type CreateConnectionPool = (context?: unknown) => ConnectionPool;

/**
 * Hears what goes wrong with a connection after the library has stopped listening: a login that is
 * under way when the socket fails is reported a second time, to nobody, and Node ends the process.
 */
export function hearLateErrors(instance: PlatformaticClient): void {
  const hear = (pool: ConnectionPool): ConnectionPool =>
    pool.on('connecting', ({ connection }) => {
      connection.on('error', () => undefined);
    });
  hear(instance.connections);
  // Each stream of a consumer has one of its own.
  replaceMethod<CreateConnectionPool>(
    instance,
    'plt.kafka.base.createConnectionPool',
    (original) => (context) => hear(original(context)),
  );
}

type PerformWithRetry = (
  operationId: string,
  operation: unknown,
  callback: unknown,
  attempt?: number,
  errors?: Error[],
  shouldSkipRetry?: (error: unknown) => boolean,
  ...others: unknown[]
) => unknown;

/** Has the library not try again what our errors say is no use; 2.x asks its own errors alone. */
export function stopAtFinalErrors(instance: PlatformaticClient): void {
  replaceMethod<PerformWithRetry>(
    instance,
    'plt.kafka.base.performWithRetry',
    (original) =>
      (operationId, operation, callback, attempt, errors, shouldSkipRetry, ...others) => {
        const shouldSkip = (error: unknown): boolean =>
          isFinal(error) || shouldSkipRetry?.(error) === true;
        return original(operationId, operation, callback, attempt, errors, shouldSkip, ...others);
      },
  );
}
