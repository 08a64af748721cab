/**
 * Returns the own properties of an object in a new object without a prototype. Other code may have
 * added properties to `Object.prototype`, and every ordinary object inherits them.
 */
export function ownProperties<T extends object>(object: T): T {
  return Object.setPrototypeOf({ ...object }, null) as T;
}

/**
 * Returns the value of an environment variable, or `undefined` if it is not set. Ignores inherited
 * properties and values that are not text.
 */
export function readVariable(
  env: Readonly<Record<string, unknown>>,
  name: string,
): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}
