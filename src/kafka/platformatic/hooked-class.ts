import { QuixError } from 'quix-streams-auth';
import {
  connectHooks,
  workarounds,
  type ConnectHook,
  type PlatformaticClient,
} from './workarounds.ts';

type ClientClass = new (options: never) => PlatformaticClient;

/** A class of the library that calls a hook to open its first connection. */
type HookedClass = new (options: object, hook: ConnectHook) => PlatformaticClient;

const hookedClasses = new WeakMap<ClientClass, HookedClass>();

/**
 * Returns a subclass of a client class of the library that calls a connect hook and has the {@link
 * workarounds}. There is one subclass for each class, because methods that are replaced on each
 * client would slow down every call.
 *
 * @throws QuixError `QUIX_UNSUPPORTED` if the class does not have the methods that are replaced
 */
export function hookedClass(Client: ClientClass): HookedClass {
  const known = hookedClasses.get(Client);
  if (known) return known;
  const original = Client.prototype as unknown as Record<symbol, () => unknown>;
  const methods = Object.entries(workarounds).map(([name, workaround]) => {
    const symbol = findSymbol(original, name);
    return [symbol, workaround(original[symbol] as () => unknown)] as const;
  });

  class Hooked extends (Client as new (options: object) => object) {
    constructor(options: object, hook: ConnectHook) {
      super(options);
      // A constructor may return another object, which would connect without the hook.
      if (!(this instanceof Hooked)) throw unsupportedLibrary();
      connectHooks.set(this, hook);
    }
  }
  // The library creates siblings of a client with `constructor`, so it must stay the library's
  // class.
  for (const [key, value] of [...methods, ['constructor', Client] as const]) {
    Object.defineProperty(Hooked.prototype, key, { value, configurable: true, writable: true });
  }
  const hooked = Hooked as unknown as HookedClass;
  hookedClasses.set(Client, hooked);
  return hooked;
}

function findSymbol(prototype: object | null | undefined, description: string): symbol {
  let level = prototype;
  while (level) {
    const symbols = Object.getOwnPropertySymbols(level);
    const symbol = symbols.find((each) => each.description === description);
    if (symbol) return symbol;
    level = Object.getPrototypeOf(level) as object | null;
  }
  throw unsupportedLibrary();
}

function unsupportedLibrary(): QuixError {
  const summary = 'This version of @platformatic/kafka is not supported.';
  const hint = 'Install a version in the range "^1.35.0 || ^2.0.0".';
  return new QuixError('QUIX_UNSUPPORTED', summary, { hint });
}
