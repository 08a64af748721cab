import type { QuixError } from './errors.ts';

/** The errors that were passed to kafkajs last, by message. */
type PassedErrors = Map<string, QuixError>;

/**
 * The key of a {@link PassedErrors} object on `globalThis`, which all copies of this package share.
 * The caller of `QuixError.from()` may use another copy than the adapter.
 */
const KEY = Symbol.for('quix-streams-auth.passedErrors');

/** Enough, because kafkajs rejects shortly after an error was passed to it. */
const MAX_ERRORS = 100;

const passedErrors = (): PassedErrors | undefined =>
  Reflect.get(globalThis, KEY) as PassedErrors | undefined;

/**
 * Stores an error that is passed to kafkajs, which keeps only the message of some errors.
 *
 * @param message - The message that kafkajs gets. It begins with the code of the error.
 */
export function storePassedError(message: string, error: QuixError): void {
  const errors = passedErrors() ?? new Map<string, QuixError>();
  errors.delete(message); // moves the error to the end of the map
  errors.set(message, error);
  const [oldest] = errors.keys();
  if (errors.size > MAX_ERRORS && oldest !== undefined) errors.delete(oldest);
  // Unlike an assignment, this does not throw if `globalThis` cannot be extended.
  Reflect.defineProperty(globalThis, KEY, { value: errors });
}

/** Returns the newest error that was stored with a message that `text` ends with. */
export function findPassedError(text: unknown): QuixError | undefined {
  if (typeof text !== 'string') return undefined;
  return passedErrors()?.get(text.slice(text.indexOf('QUIX_')));
}
