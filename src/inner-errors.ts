import type { QuixError } from './errors.ts';
import { readProperty } from './sanitize-error.ts';

/** Marks each `QuixError`. All copies of this package use the same symbol. */
export const quixErrorBrand: unique symbol = Symbol.for('quix-streams-auth.QuixError') as never;

/** Properties in which Kafka clients and their events store the error that they wrap. */
const INNER_KEYS = ['cause', 'errors', 'originalError', 'error', 'payload'];

/** Limit of {@link innerErrors}. The getters of an object can return new objects forever. */
const MAX_VALUES = 1_000;

/** Returns whether a value is a `QuixError`. Unlike `instanceof`, does not throw for a proxy. */
export function isQuixError(value: object): value is QuixError {
  return readProperty(value, quixErrorBrand) === true;
}

/**
 * Yields an object and all objects that it wraps, the outermost first. Does not search the causes
 * of a `QuixError`, because its own code is more exact.
 */
export function* innerErrors(error: unknown): Generator<object> {
  // The loop also visits values that it adds. A set contains each value once.
  const values = new Set([error]);
  for (const value of values) {
    if (typeof value !== 'object' || value === null) continue;
    yield value;
    if (isQuixError(value)) continue;
    for (const key of innerKeys(value)) {
      if (values.size < MAX_VALUES) values.add(readProperty(value, key));
    }
  }
}

/** Returns the keys of wrapped errors. `errors` is a list, so its keys are numbers. */
function innerKeys(value: object): (string | number)[] {
  const length = readProperty(value, 'length');
  const count = typeof length === 'number' ? Math.min(length, MAX_VALUES) : 0;
  return [...INNER_KEYS, ...Array.from({ length: count }, (_, index) => index)];
}
