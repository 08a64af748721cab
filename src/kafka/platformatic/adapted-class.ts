import type { BaseOptions } from '@platformatic/kafka';
import { QuixError } from 'quix-streams-auth';
import type { PlatformaticSession } from './platformatic-session.ts';
import { sessions, workarounds, type PlatformaticClient } from './workarounds.ts';

type ClientClass = new (options: never) => PlatformaticClient;

/** A client class of the library whose clients connect with the credentials of a session. */
type AdaptedClass = new (options: BaseOptions, session: PlatformaticSession) => PlatformaticClient;

const adaptedClasses = new WeakMap<ClientClass, AdaptedClass>();

/**
 * Returns a subclass of a client class of the library. Its clients connect with the credentials of
 * a session, and have the {@link workarounds}. Each class gets one subclass, because replacing
 * methods on each client would slow down every call.
 *
 * @throws QuixError `QUIX_UNSUPPORTED` if the class does not have the methods to replace
 */
export function adaptedClass(Client: ClientClass): AdaptedClass {
  const known = adaptedClasses.get(Client);
  if (known) return known;
  const original = Client.prototype as unknown as Record<symbol, () => unknown>;
  const methods = Object.entries(workarounds).map(([name, workaround]) => {
    const symbol = findSymbol(original, name);
    return [symbol, workaround(original[symbol] as () => unknown)] as const;
  });

  class Adapted extends (Client as new (options: object) => object) {
    constructor(options: BaseOptions, session: PlatformaticSession) {
      super(options);
      // A constructor may return another object, which would have no session and no workarounds.
      if (!(this instanceof Adapted)) throw unsupportedVersionError();
      sessions.set(this, session);
      if (options.bootstrapBrokers.length > 0) return;
      // The library reads this property each time it connects to a bootstrap broker.
      Object.defineProperty(this, findSymbol(this, 'plt.kafka.base.bootstrapBrokers'), {
        get: () => session.brokers,
      });
    }
  }
  // `constructor` stays the user's class, so that `new client.constructor(options)` still works.
  for (const [key, value] of [...methods, ['constructor', Client] as const]) {
    Object.defineProperty(Adapted.prototype, key, { value, configurable: true, writable: true });
  }
  const adapted = Adapted as unknown as AdaptedClass;
  adaptedClasses.set(Client, adapted);
  return adapted;
}

/** Finds a symbol of an object or its prototypes. The library does not export its symbols. */
function findSymbol(object: object | null | undefined, description: string): symbol {
  let level = object;
  while (level) {
    const symbols = Object.getOwnPropertySymbols(level);
    const symbol = symbols.find((each) => each.description === description);
    if (symbol) return symbol;
    level = Object.getPrototypeOf(level) as object | null;
  }
  throw unsupportedVersionError();
}

function unsupportedVersionError(): QuixError {
  return new QuixError(
    'QUIX_UNSUPPORTED',
    'This version of @platformatic/kafka is not supported.',
    { hint: 'Install a version in the range "^1.35.0 || ^2.0.0".' },
  );
}
