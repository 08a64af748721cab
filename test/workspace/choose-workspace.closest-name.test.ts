import { describe, expect, it } from 'vitest';
import { closestName } from '../../src/workspace/choose-workspace.ts';

describe('closestName', () => {
  it.each([
    ['ordres', ['payments', 'orders'], 'orders'],
    ['ORDERS', ['Orders'], 'Orders'],
    ['ab', ['ax'], 'ax'],
    ['abcdef', ['abcdxy'], 'abcdxy'],
  ])('suggests for %s of %j: %s', (given, names, closest) => {
    expect(closestName(given, names)).toBe(closest);
  });

  it.each([
    ['ab', ['xy']],
    ['abcdef', ['abcxyz']],
    ['orders', []],
  ])('suggests nothing for %s of %j', (given, names) => {
    expect(closestName(given, names)).toBeUndefined();
  });
});
