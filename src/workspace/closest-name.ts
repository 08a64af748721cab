import { closest, distance } from 'fastest-levenshtein';

/** Returns the most similar name, if one is similar enough to be meant. Ignores case. */
export function closestName(mistyped: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const input = mistyped.toLowerCase();
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  const best = closest(input, [...byLowerCase.keys()]);
  // If more than a third of the characters differ, another name was probably meant.
  const isSimilar = distance(input, best) <= Math.max(1, Math.floor(mistyped.length / 3));
  return isSimilar ? byLowerCase.get(best) : undefined;
}
