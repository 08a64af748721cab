import type {
  Admin,
  ClusterMetadata,
  Connection,
  ConnectionPool,
  Consumer,
  Producer,
} from '@platformatic/kafka';
import { QuixError } from '../errors.ts';
import { isFinal } from './platformatic-error.ts';

/** Any client of the library. */
export type PlatformaticClient = Producer | Consumer | Admin;

/** How the library gets the connection that it begins with; 2.x says how often it has tried. */
export type Gate = (
  callback: (error: Error | null, connection?: Connection) => void,
  attempt?: number,
) => void;

/** What stands before the library's own way to that connection. */
export type OpenGate = (
  client: PlatformaticClient,
  toKnownBrokers: Gate,
  ...args: Parameters<Gate>
) => void;

type ClientClass = new (options: never) => PlatformaticClient;

/** A class of the library whose first connection goes through a gate. */
export type GatedClass = new (options: object, openGate: OpenGate) => PlatformaticClient;

type LoadMetadata = (
  options: unknown,
  callback: (error: Error | null, metadata?: ClusterMetadata) => void,
) => void;

type CreateConnectionPool = (context?: unknown) => ConnectionPool;

type PerformWithRetry = (
  operationId: string,
  operation: unknown,
  callback: unknown,
  attempt?: number,
  errors?: Error[],
  shouldSkipRetry?: (error: unknown) => boolean,
  ...others: unknown[]
) => unknown;

/** What the library keeps under symbols of its own; the descriptions are the same in 1.x and 2.x. */
type WithInternals = new (options: object) => Record<symbol, (...args: never[]) => unknown>;

const gatedClasses = new WeakMap<ClientClass, GatedClass>();

/**
 * A class of the library with the places that it has no option for. It is made once: methods that were
 * replaced on each client cost every call of every client more, the library's own ones included.
 *
 * @throws QuixError `QUIX_UNSUPPORTED` for a version of the library without these places
 */
export function gatedClass(Client: ClientClass): GatedClass {
  let gated = gatedClasses.get(Client);
  if (!gated) {
    gated = deriveGatedClass(Client);
    gatedClasses.set(Client, gated);
  }
  return gated;
}

function deriveGatedClass(Client: ClientClass): GatedClass {
  const getBootstrapConnection = findMethod(Client, 'plt.kafka.base.getBootstrapConnection');
  const createConnectionPool = findMethod(Client, 'plt.kafka.base.createConnectionPool');
  const loadMetadata = findMethod(Client, 'plt.kafka.base.metadata');
  const performWithRetry = findMethod(Client, 'plt.kafka.base.performWithRetry');
  // An admin's user may want to see which brokers there are.
  const remembersBrokers = !('createTopics' in (Client.prototype as object));

  class Gated extends (Client as unknown as WithInternals) {
    readonly #openGate: OpenGate;
    readonly #brokers: ClusterMetadata['brokers'] = new Map();

    constructor(options: object, openGate: OpenGate) {
      super(options);
      this.#openGate = openGate;
      // A class may construct something else, which would connect without the gate.
      if (!(this instanceof Gated)) throw noPlace();
    }

    /** The library takes its brokers in the constructor; the exchange comes before the first connection. */
    [getBootstrapConnection](callback: Parameters<Gate>[0], attempt?: number): void {
      const original = super[getBootstrapConnection] as Gate;
      const toKnownBrokers: Gate = (...args) => {
        original.apply(this, args);
      };
      const connect = (): void => {
        this.#openGate(this as unknown as PlatformaticClient, toKnownBrokers, callback, attempt);
      };
      // A constructor of the user's own class, or who listens for new clients, may connect already.
      if (#openGate in this) connect();
      else queueMicrotask(connect);
    }

    /**
     * Keeps the addresses of brokers that the cluster does not list while they restart. The library
     * looks up the leaders and coordinators that it knows from before: 1.35 ends a consumer's stream
     * when one is not listed, or throws where nobody can catch it. With the address, it tries again
     * until they are back.
     */
    [loadMetadata](...[options, callback]: Parameters<LoadMetadata>): void {
      const load = super[loadMetadata] as LoadMetadata;
      load.call(this, options, (error, metadata) => {
        if (metadata && remembersBrokers) {
          for (const [id, broker] of metadata.brokers) this.#brokers.set(id, broker);
          for (const [id, broker] of this.#brokers) metadata.brokers.set(id, broker);
        }
        callback(error, metadata);
      });
    }

    /**
     * Hears what goes wrong with a connection after the library has stopped listening: a login that is
     * under way when the socket fails is reported a second time, to nobody, and Node ends the process.
     * Each stream of a consumer has a pool of its own.
     */
    [createConnectionPool](...[context]: Parameters<CreateConnectionPool>): ConnectionPool {
      const create = super[createConnectionPool] as CreateConnectionPool;
      return create.call(this, context).on('connecting', ({ connection }) => {
        connection.on('error', () => undefined);
      });
    }

    /** Has the library not try again what our errors say is no use; 2.x asks its own errors alone. */
    [performWithRetry](...args: Parameters<PerformWithRetry>): unknown {
      const perform = super[performWithRetry] as PerformWithRetry;
      const [, , , , , shouldSkipRetry] = args;
      args[5] = (error) => isFinal(error) || shouldSkipRetry?.(error) === true;
      return perform.apply(this, args);
    }
  }

  // Who constructs another client like this one means the library's.
  Object.defineProperty(Gated.prototype, 'constructor', {
    value: Client,
    configurable: true,
    writable: true,
  });
  return Gated as unknown as GatedClass;
}

function findMethod(Client: ClientClass, description: string): symbol {
  for (
    let level = Client.prototype as object | null | undefined;
    level;
    level = Object.getPrototypeOf(level) as object | null
  ) {
    const method = Object.getOwnPropertySymbols(level).find(
      (symbol) => symbol.description === description,
    );
    if (method) return method;
  }
  throw noPlace();
}

function noPlace(): QuixError {
  return new QuixError(
    'QUIX_UNSUPPORTED',
    'This version of @platformatic/kafka has no place to give it brokers late.',
    {
      hint: 'Use 1.35 or 2.12, or pass bootstrapBrokers and sasl yourself.',
    },
  );
}
