import { QuixError } from 'quix-streams-auth';
import { REFUSED_LOGIN, untrustedCertificateCode } from '../shared/index.ts';

/** A callback of @platformatic/kafka. */
export type Callback<T> = (error: Error | null, result?: T) => void;

/** Returns whether the broker refused a login. A timeout or a lost connection is not a refusal. */
export function isRefusal(error: unknown): boolean {
  type Searchable = { findBy?(property: string, value: unknown): unknown } | null | undefined;
  return Boolean((error as Searchable)?.findBy?.('apiId', REFUSED_LOGIN));
}

/** Yields the error, its causes, and the errors that it aggregates. */
function* errorsIn(error: unknown, depth = 0): Generator<Error, void> {
  if (depth > 5 || !(error instanceof Error)) return;
  yield error;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const inner: unknown[] = [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  for (const each of inner) yield* errorsIn(each, depth + 1);
}

/**
 * Returns the code of a certificate that was not trusted, if an error or one of its causes has one.
 */
export function findUntrustedCertificate(error: unknown): string | undefined {
  return [...errorsIn(error)].map(untrustedCertificateCode).find((code) => code !== undefined);
}

/** Returns whether an error is or contains a `QuixError` that is not retryable. */
export function isFinal(error: unknown): boolean {
  const own = [...errorsIn(error)].find((each) => each instanceof QuixError);
  return own !== undefined && !own.retryable;
}

/** Passes the result of a promise to a callback of the library. */
export function settle<T>(promise: Promise<T | undefined>, callback: Callback<T>): void {
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
 * Returns a copy of a `QuixError` with the members that @platformatic/kafka reads: `canRetry`
 * decides whether it tries again, and `findBy` is called without a check. Returns other errors
 * unchanged.
 */
function libraryError(error: unknown): Error {
  if (!(error instanceof QuixError)) return error as Error;
  const copy = Object.assign(error.copy({}), { canRetry: error.retryable });
  return Object.defineProperty(copy, 'findBy', {
    value: (property: string, value: unknown) =>
      Reflect.get(copy, property) === value ? copy : null,
  });
}
