/** Shape of error names. Secrets do not have it. */
const NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

/** Reads a property of a foreign error. Returns `undefined` if its getter throws. */
export function readProperty(error: object, key: string): unknown {
  try {
    return (error as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

/**
 * Returns the `code` of a foreign error if it looks like one (`ECONNREFUSED`), else `undefined`.
 */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const code = readProperty(error, 'code');
  return typeof code === 'string' && CODE.test(code) ? code : undefined;
}

/**
 * Reduces a foreign error to its name and code.
 *
 * Messages and other properties are dropped, because HTTP parsers put bytes of the response there
 * and vault clients the secret. `console.log` prints the `cause` of an error, and `structuredClone`
 * copies it.
 */
export function sanitizeError(error: unknown): Error {
  const isObject = typeof error === 'object' && error !== null;
  const name = isObject ? readProperty(error, 'name') : undefined;
  const code = errorCode(error);
  const safeName = typeof name === 'string' && NAME.test(name) ? name : 'Error';
  const safe = new Error(
    code ?? (isObject ? 'details withheld' : `a value of type ${typeof error} was thrown`),
  );
  // The stack would show this function instead of the place of the failure.
  safe.stack = `${safeName}: ${safe.message}`;
  Object.defineProperty(safe, 'name', { value: safeName, configurable: true, writable: true });
  return code === undefined ? safe : Object.assign(safe, { code });
}
