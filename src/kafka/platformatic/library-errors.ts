import { QuixError } from 'quix-streams-auth';
import { REFUSED_LOGIN, untrustedCertificateCode } from '../shared/index.ts';

/** A callback of @platformatic/kafka. */
export type Callback<T> = (error: Error | null, result?: T) => void;

/** Returns whether the broker refused a login. A timeout or a lost connection is not a refusal. */
export function isRefusal(error: unknown): boolean {
  type Searchable = { findBy?(property: string, value: unknown): unknown } | null | undefined;
  return Boolean((error as Searchable)?.findBy?.('apiId', REFUSED_LOGIN));
}

/** Yields an error, its causes, and the errors that it aggregates. */
function* errorsIn(error: unknown, depth = 0): Generator<Error, void> {
  if (depth > 5 || !(error instanceof Error)) return;
  yield error;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const inner: unknown[] = [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  for (const each of inner) yield* errorsIn(each, depth + 1);
}

/** Returns the code of an untrusted certificate from an error or an error inside it. */
export function findUntrustedCertificate(error: unknown): string | undefined {
  return [...errorsIn(error)].map(untrustedCertificateCode).find((code) => code !== undefined);
}

/** Returns whether an error is or contains a `QuixError` that is not retryable. */
export function isFinal(error: unknown): boolean {
  return [...errorsIn(error)].some((each) => each instanceof QuixError && !each.retryable);
}

/** Passes the result or the error of a promise to a callback of the library. */
export function passToCallback<T>(promise: Promise<T>, callback: Callback<T>): void {
  promise.then(
    (result) => {
      callback(null, result);
    },
    (error: unknown) => {
      callback(libraryError(error));
    },
  );
}

/**
 * Returns a copy of a `QuixError` with a `findBy` method, which 1.x calls on errors without
 * checking that the method exists. Returns other errors unchanged.
 */
export function libraryError(error: unknown): Error {
  if (!(error instanceof QuixError)) return error as Error;
  return Object.defineProperty(error.copy({}), 'findBy', { value: () => null });
}
