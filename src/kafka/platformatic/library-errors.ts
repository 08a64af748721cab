import { QuixError } from 'quix-streams-auth';
import { REFUSED_LOGIN, untrustedCertificateCode } from '../shared/index.ts';

/** A method that @platformatic/kafka calls on errors. */
interface Searchable {
  findBy?: (property: string, value: unknown) => unknown;
}

/** Returns whether the broker refused a login. A timeout or a lost connection is not a refusal. */
export function isRefusal(error: unknown): boolean {
  const { findBy } = (error ?? {}) as Searchable;
  return Boolean(findBy?.call(error, 'apiId', REFUSED_LOGIN));
}

/** Returns the first defined result of `match` for the error, its causes and its aggregated errors. */
function findIn<T>(
  error: unknown,
  match: (error: Error) => T | undefined,
  depth = 0,
): T | undefined {
  if (depth > 5 || !(error instanceof Error)) return undefined;
  const found = match(error);
  if (found !== undefined) return found;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const inner: unknown[] = [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  for (const each of inner) {
    const deeper = findIn(each, match, depth + 1);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/** Returns the code of a certificate that was not trusted, if an error or one of its causes has one. */
export function findUntrustedCertificate(error: unknown): string | undefined {
  return findIn(error, untrustedCertificateCode);
}

/** Returns whether an error is or contains a `QuixError` that is not retryable. */
export function isFinal(error: unknown): boolean {
  return (
    findIn(error, (each) => (each instanceof QuixError ? !each.retryable : undefined)) ?? false
  );
}

/**
 * Returns a copy of a `QuixError` with the members that @platformatic/kafka reads: `canRetry` decides
 * whether it tries again, and `findBy` is called without a check. Returns other errors unchanged.
 */
export function libraryError(error: unknown): Error {
  if (!(error instanceof QuixError)) return error as Error;
  const copy = Object.assign(error.copy({}), { canRetry: error.retryable });
  return Object.defineProperty(copy, 'findBy', {
    value: (property: string, value: unknown) =>
      Reflect.get(copy, property) === value ? copy : null,
  });
}
