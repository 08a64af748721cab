import type { QuixError } from './errors.ts';
import { readProperty } from './sanitize-error.ts';

/** Marks each `QuixError`. All copies of this package use the same symbol. */
export const quixErrorBrand: unique symbol = Symbol.for('quix-streams-auth.QuixError') as never;

/** Properties in which Kafka clients and their events store the error that they wrap. */
const INNER_KEYS = ['cause', 'errors', 'originalError', 'error', 'payload'];

/** Limit of {@link innerErrors}. The getters of an object can return new objects forever. */
const MAX_READS = 10_000;

/** Returns whether a value is a `QuixError` of any copy of this package. Never throws. */
export function isQuixError(value: unknown): value is QuixError {
  if (typeof value !== 'object' || value === null) return false;
  // A proxy can return `true` for every property.
  const hasMessage = typeof readProperty(value, 'message') === 'string';
  return hasMessage && readProperty(value, quixErrorBrand) === true;
}

/**
 * Yields an object and all objects that it wraps, the outermost first. Does not search the causes
 * of a `QuixError`, because its own code is more exact.
 */
export function* innerErrors(error: unknown): Generator<object> {
  // The loop also visits values that it adds. A set contains each value once.
  const values = new Set([error]);
  let reads = 0;
  for (const value of values) {
    if (typeof value !== 'object' || value === null) continue;
    yield value;
    if (isQuixError(value)) continue;
    for (const key of innerKeys(value)) {
      if (reads++ >= MAX_READS) break;
      values.add(readProperty(value, key));
    }
  }
}

/** Yields the keys of wrapped errors. `errors` is a list, so its keys are numbers. */
function* innerKeys(value: object): Generator<string | number> {
  yield* INNER_KEYS;
  const length = readProperty(value, 'length');
  for (let index = 0; typeof length === 'number' && index < length; index++) yield index;
}
