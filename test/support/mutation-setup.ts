// Setup file of the mutation run. It shortens waiting times and repetitions, so that a mutant costs
// seconds, and fixes the seed, so that each run finds the same survivors.
import fc from 'fast-check';
import { beforeEach, vi } from 'vitest';

fc.configureGlobal({ numRuns: 30, seed: 1 });

vi.mock(import('../../src/abort.ts'), async (original) => {
  const { sleep, ...rest } = await original();
  const factor = (): number => (vi.isFakeTimers() ? 1 : 1 / 20);
  return { ...rest, sleep: (ms, signal) => sleep(ms * factor(), signal) };
});

beforeEach(({ task, skip }) => {
  if (task.tags?.includes('not-in-mutation-run')) skip();
});
