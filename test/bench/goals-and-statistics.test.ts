import { describe, expect, it } from 'vitest';
import { describeGoal, isReached } from '../../bench/figure.ts';
import { median, medianInterval, spread } from '../../bench/support/statistics.ts';

describe('a goal of the bench', () => {
  it('is reached at its limits and missed beyond them', () => {
    const goal = { name: 'ratio', atLeast: 0.97, atMost: 1.03 };
    expect(isReached({ ...goal, value: 0.97 })).toBe(true);
    expect(isReached({ ...goal, value: 1.03 })).toBe(true);
    expect(isReached({ ...goal, value: 0.96 })).toBe(false);
    expect(describeGoal({ ...goal, value: 1.04 })).toMatch(/MISSED$/);
  });

  it('is missed if nothing was measured', () => {
    expect(isReached({ name: 'ratio', value: median([]), atMost: 1 })).toBe(false);
  });
});

describe('the statistics of the bench', () => {
  it('return the median and the quartiles of unsorted values', () => {
    expect(spread([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4 });
    expect(median([1, 10, 2, 3])).toBe(2.5);
  });

  it('return an interval around the median that is narrower than the range of the values', () => {
    const values = Array.from({ length: 101 }, (_, index) => index);
    const [low, high] = medianInterval(values);
    expect(low).toBeGreaterThan(30);
    expect(low).toBeLessThan(50);
    expect(high).toBe(100 - low);
  });
});
