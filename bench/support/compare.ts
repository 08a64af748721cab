import { median, medianInterval } from './statistics.ts';

const MIN_ROUNDS = 5;

/** How long {@link compare} measures. */
export interface Duration {
  /** Time for rounds that are not counted. */
  readonly warmUpMs: number;
  readonly atLeastMs: number;
  readonly atMostMs: number;
  /** Half the width of the confidence interval at which to stop: 0.01 is one per cent. */
  readonly precision: number;
}

/** The times of two cases, in milliseconds. */
export interface Comparison {
  readonly one: readonly number[];
  readonly other: readonly number[];
  readonly rounds: number;
  /** The other's time divided by the one's in the same round: median and 95 % confidence interval. */
  readonly ratio: number;
  readonly interval: readonly [low: number, high: number];
}

/**
 * Times two ways of doing the same thing. Each round measures both twice, in the order ABBA or BAAB, so
 * that slow changes of the machine do not affect the ratio of a round.
 */
export async function compare(
  one: () => Promise<number>,
  other: () => Promise<number>,
  { warmUpMs, atLeastMs, atMostMs, precision }: Duration,
): Promise<Comparison> {
  const times = { one: [] as number[], other: [] as number[] };
  const ratios: number[] = [];
  const measure = { one, other };
  const isPrecise = (): boolean => {
    const [low, high] = medianInterval(ratios);
    return (high - low) / 2 <= precision;
  };
  const begin = performance.now() + warmUpMs;
  let elapsed = -Infinity;
  while (
    ratios.length < MIN_ROUNDS ||
    elapsed < atLeastMs ||
    (elapsed < atMostMs && !isPrecise())
  ) {
    const [outer, inner] =
      ratios.length % 2 === 0 ? (['one', 'other'] as const) : (['other', 'one'] as const);
    const round = { one: 0, other: 0 };
    const isCounted = performance.now() >= begin;
    for (const each of [outer, inner, inner, outer]) {
      const time = await measure[each]();
      round[each] += time;
      if (isCounted) times[each].push(time);
    }
    if (isCounted) ratios.push(round.other / round.one);
    elapsed = performance.now() - begin;
  }
  const interval = medianInterval(ratios);
  return { ...times, rounds: ratios.length, ratio: median(ratios), interval };
}
