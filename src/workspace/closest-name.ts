import { closest, distance } from 'fastest-levenshtein';

/**
 * Returns the name that a mistyped one most likely stands for, or `undefined` if none is close
 * enough.
 */
export function closestName(given: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const folded = new Map(names.map((name) => [name.toLowerCase(), name]));
  const best = closest(given.toLowerCase(), [...folded.keys()]);
  // Up to a third of the letters may differ. Beyond that it is a different word.
  const isClose = distance(given.toLowerCase(), best) <= Math.max(1, Math.floor(given.length / 3));
  return isClose ? folded.get(best) : undefined;
}
