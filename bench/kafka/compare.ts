import { median } from '../support/statistics.ts';

/** Fewer rounds say nothing, however long they take. */
const MIN_ROUNDS = 5;

/** Measures until the interval is this narrow, but no longer and no shorter than this. */
export interface Patience {
  /** Measured, and not counted. */
  readonly warmUpMs: number;
  readonly atLeastMs: number;
  readonly atMostMs: number;
  /** Of the interval, on either side of the median: 0.01 is a hundredth. */
  readonly precision: number;
}

/** Milliseconds of one and of the other. */
export interface Comparison {
  readonly one: readonly number[];
  readonly other: readonly number[];
  readonly rounds: number;
  /** The other's time over the one's in the same round: the median, and where it is with 95 % confidence. */
  readonly ratio: number;
  readonly interval: readonly [low: number, high: number];
}

/**
 * Where the median of what the values are drawn from lies, with 95 % confidence, whatever their
 * distribution: between two of the sorted values, by the binomial distribution's normal approximation.
 */
export function medianInterval(values: readonly number[]): [low: number, high: number] {
  const sorted = [...values].sort((a, b) => a - b);
  const reach = 0.98 * Math.sqrt(sorted.length);
  const low = Math.max(0, Math.floor(sorted.length / 2 - reach));
  return [sorted[low] ?? NaN, sorted[sorted.length - 1 - low] ?? NaN];
}

/**
 * Times two ways of doing the same. A round measures each twice, in the order ABBA or BAAB, so that
 * neither is always first, and its ratio is free of what changes slowly on the machine.
 */
export async function compare(
  one: () => Promise<number>,
  other: () => Promise<number>,
  { warmUpMs, atLeastMs, atMostMs, precision }: Patience,
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
