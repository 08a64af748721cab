import type { QuixError } from '../errors.ts';
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

/** The code of a certificate that was not trusted, in an error or in what caused it. */
export function untrustedCode(error: unknown, depth = 0): string | undefined {
  if (depth > 5 || typeof error !== 'object' || error === null) return undefined;
  const code = errorCode(error);
  if (code !== undefined && UNTRUSTED_CERTIFICATE.test(code)) return code;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const inner: unknown[] = [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  for (const each of inner) {
    const found = untrustedCode(each, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The error as @platformatic/kafka reads it: `canRetry` decides whether it tries again. */
export function readableError(error: QuixError): QuixError {
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
