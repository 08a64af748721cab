import { closest, distance } from 'fastest-levenshtein';

/** "Did you mean": the name that a typo most likely stands for, if one is close enough. */
export function nearMiss(given: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const folded = new Map(names.map((name) => [name.toLowerCase(), name]));
  const best = closest(given.toLowerCase(), [...folded.keys()]);
  // A third of the letters is a typo; more is another word.
  const isClose = distance(given.toLowerCase(), best) <= Math.max(1, Math.floor(given.length / 3));
  return isClose ? folded.get(best) : undefined;
}
