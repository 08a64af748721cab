/** The median of some measurements, and the quartiles below and above it. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Returns the value below which the given part of the sorted values lies, interpolated. */
function quantile(sorted: readonly number[], part: number): number {
  const position = (sorted.length - 1) * part;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
  };
}

export function median(values: readonly number[]): number {
  return spread(values).median;
}

/**
 * Returns the 95 % confidence interval of the median. It makes no assumption about the distribution of
 * the values: its ends are two of the sorted values, chosen with the normal approximation of the binomial
 * distribution.
 */
export function medianInterval(values: readonly number[]): [low: number, high: number] {
  const sorted = [...values].sort((a, b) => a - b);
  const halfWidth = 0.98 * Math.sqrt(sorted.length);
  const low = Math.max(0, Math.floor(sorted.length / 2 - halfWidth));
  return [sorted[low] ?? NaN, sorted[sorted.length - 1 - low] ?? NaN];
}

/** Formats a value with two or three significant digits: `0.043`, `1.27`, `31.4`, `1240`. */
export function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return size >= 0.095 ? value.toFixed(2) : value.toFixed(3);
}

/** Formats the median and the quartiles: `31.4 (30.2 to 33.0)`. */
export function formatSpread({ median, low, high }: Spread): string {
  return `${digits(median)} (${digits(low)} to ${digits(high)})`;
}

export function withSpread(values: readonly number[]): string {
  return formatSpread(spread(values));
}
