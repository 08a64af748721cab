// Setup file of the mutation run. It shortens waiting times and repetitions, so that a mutant costs
// seconds, and fixes the seed, so that each run finds the same survivors.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, vi } from 'vitest';

fc.configureGlobal({ numRuns: 30, seed: 1 });

vi.mock(import('../../src/abort.ts'), async (original) => {
  const { sleep, ...rest } = await original();
  const factor = (): number => (vi.isFakeTimers() ? 1 : 1 / 20);
  return { ...rest, sleep: (ms, signal) => sleep(ms * factor(), signal) };
});

// Some test titles contain a secret, and Stryker finds the tests of a mutant by their titles. The secrets
// must therefore be the same in each run.
vi.mock(import('./leaks.ts'), async (original) => {
  let count = 0;
  return {
    ...(await original()),
    randomSecret: (prefix?: string) =>
      (prefix ?? 'sdk-') + createHash('md5').update(String(count++)).digest('hex'),
  };
});

beforeEach(({ task, skip }) => {
  if (task.tags?.includes('not-in-mutation-run')) skip();
});
