/** Names of errors and error codes look like this; secrets do not. */
const NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

/** A property of somebody else's error, `undefined` when its getter throws. */
export function readProperty(error: object, key: string): unknown {
  try {
    return (error as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** The `code` of a foreign error when it looks like one (`ECONNREFUSED`), else `undefined`. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const code = readProperty(error, 'code');
  return typeof code === 'string' && CODE.test(code) ? code : undefined;
}

/**
 * A foreign error reduced to its name and code.
 *
 * Messages and other properties are left behind: HTTP parsers put bytes of the answer there, vaults
 * the text of the secret, and `cause` is printed by `console.log` and kept by `structuredClone`.
 */
export function sanitizeError(error: unknown): Error {
  const isObject = typeof error === 'object' && error !== null;
  const name = isObject ? readProperty(error, 'name') : undefined;
  const code = errorCode(error);
  const safeName = typeof name === 'string' && NAME.test(name) ? name : 'Error';
  const safe = new Error(
    code ?? (isObject ? 'details withheld' : `a value of type ${typeof error} was thrown`),
  );
  // Its stack would show this function, not the place of the fault.
  safe.stack = `${safeName}: ${safe.message}`;
  Object.defineProperty(safe, 'name', { value: safeName, configurable: true, writable: true });
  return code === undefined ? safe : Object.assign(safe, { code });
}
