/** The middle of some measurements, and the two quartiles that half of them lie between. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The value below which the given part of the values lies, interpolated. */
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

/** Significant digits enough to compare, and no more: `0.043`, `1.27`, `31.4`, `1240`. */
export function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return size >= 0.095 ? value.toFixed(2) : value.toFixed(3);
}

/** `31.4 (30.2 to 33.0)`: the median and the quartiles. */
export function withSpread(values: readonly number[]): string {
  const { median, low, high } = spread(values);
  return `${digits(median)} (${digits(low)} to ${digits(high)})`;
}
