/**
 * Returns the own properties of an object in a new object without a prototype. Other code may have
 * added properties to `Object.prototype`, which every ordinary object seems to have then.
 */
export function ownProperties<T extends object>(object: T): T {
  return Object.setPrototypeOf({ ...object }, null) as T;
}

/** Returns an environment variable that is set. Ignores other properties of the environment. */
export function readVariable(
  env: Readonly<Record<string, unknown>>,
  name: string,
): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}
