// Setup file of the mutation tests alone: what they wait for in real time, and repeat to be sure, is
// cut down, so that a mutant costs seconds. The seed is the same each time, so that the same ones survive.
import fc from 'fast-check';
import { vi } from 'vitest';

fc.configureGlobal({ numRuns: 30, seed: 1 });

vi.mock(import('../../src/abort.ts'), async (original) => {
  const { sleep, ...rest } = await original();
  const part = (): number => (vi.isFakeTimers() ? 1 : 1 / 20);
  return { ...rest, sleep: (ms, signal) => sleep(ms * part(), signal) };
});
