import type { QuixError } from './errors.ts';
import { isQuixError } from './inner-errors.ts';
import { readProperty } from './sanitize-error.ts';

/**
 * In a copy, this property contains the original error. In `globalThis`, it contains the errors
 * that were passed to kafkajs last, by message. This map is global, because the caller of
 * `QuixError.from()` may use another copy of this package than the adapter.
 */
const REMEMBERED = Symbol.for('quix-streams-auth.errors');

/** 100 are enough, because kafkajs rejects shortly after an error was passed to it. */
const MAX_ERRORS = 100;

function rememberedErrors(): Map<unknown, unknown> | undefined {
  const value = readProperty(globalThis, REMEMBERED);
  return value instanceof Map ? value : undefined;
}

/**
 * Remembers an error of which kafkajs gets a copy. kafkajs keeps only the message of some copies.
 *
 * @param copy - Its message begins with the code of the error.
 */
export function rememberError(error: QuixError, copy: QuixError): void {
  Object.defineProperty(copy, REMEMBERED, { value: error });
  const errors = rememberedErrors() ?? new Map<unknown, unknown>();
  errors.delete(copy.message); // moves the error to the end of the map
  errors.set(copy.message, error);
  if (errors.size > MAX_ERRORS) errors.delete(errors.keys().next().value);
  // Unlike an assignment, this does not throw if `globalThis` cannot be extended.
  Reflect.set(globalThis, REMEMBERED, errors);
}

/** Returns the error of which `error` is a copy, or `error` if it is not a copy. */
export function originalOf(error: QuixError): QuixError {
  const original = readProperty(error, REMEMBERED);
  return isQuixError(original) ? original : error;
}

/** Returns the newest remembered error with the message that an error of kafkajs contains. */
export function findRememberedError(error: object): QuixError | undefined {
  const [name, message] = [readProperty(error, 'name'), readProperty(error, 'message')];
  if (typeof name !== 'string' || !name.startsWith('KafkaJS')) return undefined;
  if (typeof message !== 'string' || !message.includes('QUIX_')) return undefined;
  const found = rememberedErrors()?.get(message.slice(message.indexOf('QUIX_')));
  return isQuixError(found) ? found : undefined;
}
