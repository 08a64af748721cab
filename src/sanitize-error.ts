/** Error names and codes that are safe to show. Any other text is dropped. */
const NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

/** Returns a property of a foreign error, or `undefined` if its getter throws. */
export function readProperty(error: object, key: PropertyKey): unknown {
  try {
    return (error as Record<PropertyKey, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** Returns the `code` of a foreign error if it has the usual form, such as `ECONNREFUSED`. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const code = readProperty(error, 'code');
  return typeof code === 'string' && CODE.test(code) ? code : undefined;
}

/**
 * Returns a copy of a foreign error that has only its name and code. Other properties may contain
 * secrets, such as bytes of the response, and `console.log` prints the `cause` of an error.
 */
export function sanitizeError(error: unknown): Error {
  const isObject = typeof error === 'object' && error !== null;
  const name = isObject ? readProperty(error, 'name') : undefined;
  const code = errorCode(error);
  const safeName = typeof name === 'string' && NAME.test(name) ? name : 'Error';
  const problem = isObject ? 'details withheld' : `a value of type ${typeof error} was thrown`;
  const safe = new Error(code ?? problem);
  // The stack would show this function instead of the place of the failure.
  safe.stack = `${safeName}: ${safe.message}`;
  Object.defineProperty(safe, 'name', { value: safeName, configurable: true, writable: true });
  return code === undefined ? safe : Object.assign(safe, { code });
}
