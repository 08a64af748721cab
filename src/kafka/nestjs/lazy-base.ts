// Imported, because Jest 29 does not replace the `createRequire` of `process.getBuiltinModule()`,
// so a test would have two copies of Nest.
import { createRequire } from 'node:module';
import type * as Nest from '@nestjs/microservices';
import { QuixError } from 'quix-streams-auth';
import { sanitizeError } from '../../sanitize-error.ts';

const PACKAGE = '@nestjs/microservices';
type BaseName = 'ServerKafka' | 'ClientKafka';

/**
 * Returns a class that extends a class of Nest. Nest is loaded when the first instance is created,
 * so that this entry point can be imported without Nest.
 *
 * @param subclass - Name of the class that extends the result, for error messages.
 * @param overridden - Methods of Nest that the subclass overrides. Nest must have them.
 */
export function lazyBase<Name extends BaseName>(
  name: Name,
  subclass: string,
  overridden: readonly string[],
): (typeof Nest)[Name] {
  function LazyBase(...args: unknown[]): object {
    const Base = loadNest(subclass)[name];
    if (Object.getPrototypeOf(LazyBase) !== Base) {
      assertSupported(Base, subclass, overridden);
      Object.setPrototypeOf(LazyBase, Base);
      Object.setPrototypeOf(LazyBase.prototype as object, Base.prototype);
    }
    return Reflect.construct(Base, args, new.target) as object;
  }
  return LazyBase as unknown as (typeof Nest)[Name];
}

/** Loads Nest from the node_modules folder of the user. */
export function loadNest(subclass: string): typeof Nest {
  const load = createRequire(import.meta.url);
  try {
    load.resolve(PACKAGE);
  } catch (error) {
    const summary = `${subclass} requires the package ${PACKAGE}, which was not found.`;
    const hint = `Run "npm install ${PACKAGE} kafkajs". If you bundle your program, do not include ${PACKAGE} in the bundle.`;
    throw new QuixError('QUIX_CONFIG', summary, { hint, cause: sanitizeError(error) });
  }
  return load(PACKAGE) as typeof Nest;
}

function assertSupported(
  Base: Partial<(typeof Nest)[BaseName]>,
  subclass: string,
  overridden: readonly string[],
): void {
  const prototype = (Base.prototype ?? {}) as Record<string, unknown>;
  if (overridden.every((method) => typeof prototype[method] === 'function')) return;
  const summary = `${subclass} does not support this version of ${PACKAGE}.`;
  const hint = `Run "npm install ${PACKAGE}@12" or "npm install ${PACKAGE}@11".`;
  throw new QuixError('QUIX_UNSUPPORTED', summary, { hint });
}
