import { QuixError } from '../errors.ts';
import { errorCode } from '../sanitize-error.ts';
import { UNTRUSTED_CERTIFICATE } from './connection.ts';

/** What @platformatic/kafka asks of its own errors, and therefore of ours. */
interface Searchable {
  findBy?: (property: string, value: unknown) => unknown;
}

/** Whether the broker refused a login, as against a timeout or a lost connection. */
export function isRefusal(error: unknown): boolean {
  const { findBy } = (error ?? {}) as Searchable;
  return Boolean(findBy?.call(error, 'apiId', 'SASL_AUTHENTICATION_FAILED'));
}

/** The first that `match` gives something for: the error, what caused it, or one of those it stands for. */
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

/** The code of a certificate that was not trusted, in an error or in what caused it. */
export function untrustedCode(error: unknown): string | undefined {
  return findIn(error, (each) => {
    const code = errorCode(each);
    return code !== undefined && UNTRUSTED_CERTIFICATE.test(code) ? code : undefined;
  });
}

/** Whether an error is ours, or caused by ours, and says that trying again is no use. */
export function isFinal(error: unknown): boolean {
  return (
    findIn(error, (each) => (each instanceof QuixError ? !each.retryable : undefined)) ?? false
  );
}

/** The error as @platformatic/kafka reads it: with ours, `canRetry` decides whether it tries again. */
export function readableError(error: unknown): Error {
  if (!(error instanceof QuixError)) return error as Error;
  const properties: Record<string, unknown> = { canRetry: error.retryable };
  return Object.defineProperties(error, {
    canRetry: { value: error.retryable, enumerable: true, configurable: true },
    findBy: {
      configurable: true,
      value: (property: string, value: unknown) =>
        (properties[property] ?? Reflect.get(error, property)) === value ? error : null,
    },
  });
}
