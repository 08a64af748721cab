import { describe, expect, it } from 'vitest';
import { OnDemand } from '../src/on-demand.ts';

describe('what is made on demand', () => {
  it('is made once, for whoever asks while it is made and after', async () => {
    let made = 0;
    const one = new OnDemand(() => Promise.resolve({ number: ++made }));
    expect(one.made).toBeUndefined();
    const [first, second] = await Promise.all([one.get(), one.get()]);
    expect(second).toBe(first);
    expect(await one.get()).toBe(first);
    expect(one.made).toBe(first);
    expect(made).toBe(1);
  });

  it('is tried again after a failure', async () => {
    let tries = 0;
    const one = new OnDemand(() =>
      ++tries === 1 ? Promise.reject(new Error('no file handles')) : Promise.resolve({ tries }),
    );
    await expect(one.get()).rejects.toThrow('no file handles');
    expect(await one.get()).toEqual({ tries: 2 });
  });
});
