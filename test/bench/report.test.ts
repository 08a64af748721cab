import { describe, expect, it } from 'vitest';
import { describeGoal, isReached } from '../../bench/figure.ts';
import { median, spread } from '../../bench/support/statistics.ts';

describe('a goal of the bench', () => {
  it('is reached at its limits and missed beyond them', () => {
    const goal = { name: 'ratio', atLeast: 0.97, atMost: 1.03 };
    expect(isReached({ ...goal, value: 0.97 })).toBe(true);
    expect(isReached({ ...goal, value: 1.03 })).toBe(true);
    expect(isReached({ ...goal, value: 0.96 })).toBe(false);
    expect(describeGoal({ ...goal, value: 1.04 })).toMatch(/MISSED$/);
  });

  it('is missed by what was not measured', () => {
    expect(isReached({ name: 'ratio', value: median([]), atMost: 1 })).toBe(false);
  });
});

describe('measurements', () => {
  it('are summed up by their median and quartiles, whatever their order', () => {
    expect(spread([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4 });
    expect(median([1, 10, 2, 3])).toBe(2.5);
  });
});
