/**
 * The options that say something: `clientId: condition ? 'x' : undefined` means that there is none
 * to override with.
 */
export function givenOptions<Options extends object>(options: Options): Partial<Options> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<Options>;
}
