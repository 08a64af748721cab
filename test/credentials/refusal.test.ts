import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { QuixError } from 'quix-streams-auth';
import { errorOf } from '../support/errors.ts';
import { makeCache, rotation, unavailable, type ManualCache } from './manual-exchanges.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Refuses the cached credentials during a cooldown. Returns the error of the next call. */
async function refuse({ cache }: ManualCache): Promise<QuixError> {
  cache.invalidate();
  return await errorOf(cache.get());
}

/** Returns a cache with credentials that were refused once and exchanged for the same ones. */
async function refusedOnce(): Promise<ManualCache> {
  const manual = makeCache();
  await manual.exchange('same');
  manual.cache.invalidate();
  await manual.exchange('same');
  return manual;
}

describe('credentials that Kafka refuses repeatedly', () => {
  it('are exchanged once per cooldown, which doubles from 1 s to 60 s, plus up to 25 %', async () => {
    const manual = await refusedOnce();
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      const error = await refuse(manual);
      expect(error).toMatchObject({ code: 'QUIX_CREDENTIALS_REFUSED', retryable: true });
      const { retryAfterMs = 0 } = error;
      expect(error.message).toContain(`${retryAfterMs} ms`);
      expect(retryAfterMs).toBeGreaterThanOrEqual(seconds * 1_000 - 1);
      expect(retryAfterMs).toBeLessThanOrEqual(seconds * 1_250);
      const { length } = manual.exchanges;
      vi.advanceTimersByTime(retryAfterMs - 2);
      await errorOf(manual.cache.get());
      expect(manual.exchanges).toHaveLength(length);
      vi.advanceTimersByTime(3);
      await manual.exchange('same');
      expect(manual.exchanges).toHaveLength(length + 1);
    }
  });

  it('can be exchanged at once after the Portal returned other credentials', async () => {
    const manual = await refusedOnce();
    const { retryAfterMs = 0 } = await refuse(manual);
    vi.advanceTimersByTime(retryAfterMs + 1);
    await manual.exchange('other');
    manual.cache.invalidate();
    void manual.cache.get();
    expect(manual.exchanges).toHaveLength(4);
  });

  it('can be exchanged at once after they worked for two minutes', async () => {
    const manual = await refusedOnce();
    vi.advanceTimersByTime(121_000);
    manual.cache.invalidate();
    void manual.cache.get();
    expect(manual.exchanges).toHaveLength(3);
  });

  it.each([
    ['continue the cooldowns after up to two minutes', 120_000, 4],
    ['start with the first cooldown again after more than two minutes', 120_001, 1],
  ])('%s', async (_, workedMs, seconds) => {
    const manual = await refusedOnce();
    await refuse(manual);
    vi.advanceTimersByTime(1_251);
    await manual.exchange('same');
    vi.advanceTimersByTime(workedMs);
    manual.cache.invalidate();
    await manual.exchange('same');
    const { retryAfterMs } = await refuse(manual);
    expect(retryAfterMs).toBeGreaterThanOrEqual(seconds * 1_000);
    expect(retryAfterMs).toBeLessThanOrEqual(seconds * 1_250);
  });

  it('can be exchanged during a cooldown after a rotation returned the same ones', async () => {
    const manual = await refusedOnce();
    await refuse(manual);
    const rotated = manual.cache.rotate(rotation);
    manual.resolve(2, 'same');
    await rotated;
    void manual.cache.get(true);
    expect(manual.exchanges).toHaveLength(4);
  });

  it('are returned again after the Portal returned the same ones, because Kafka may be the cause', async () => {
    const { cache } = await refusedOnce();
    expect(cache.isRefused).toBe(false);
    expect((await cache.get()).generation).toBe(2);
  });
});

describe('the error during a cooldown', () => {
  it('says what to do next', async () => {
    const error = await refuse(await refusedOnce());
    expect(error.summary).toMatch(/\w/);
    expect(error.hint).toMatch(/\w/);
    expect(error.cause).toBeUndefined();
  });

  it('does not mention a failure of the Portal that came before the refusal', async () => {
    const manual = await refusedOnce();
    const forced = manual.cache.get(true);
    vi.advanceTimersByTime(500);
    manual.reject(2, unavailable());
    await forced;
    const error = await refuse(manual);
    expect(error.message).not.toContain('status 503');
    expect(error.cause).toBeUndefined();
    // The cooldown still starts at the last successful exchange.
    expect(error.retryAfterMs).toBeLessThanOrEqual(750);
  });

  it('does not mention a failure of the Portal that was followed by a success', async () => {
    const manual = makeCache();
    await manual.exchange('same');
    manual.cache.invalidate();
    const failed = errorOf(manual.cache.get());
    manual.reject(1, unavailable());
    await failed;
    vi.advanceTimersByTime(1_251);
    await manual.exchange('same');
    const error = await refuse(manual);
    expect(error.code).toBe('QUIX_CREDENTIALS_REFUSED');
    expect(error.message).not.toContain('status 503');
  });

  it('names the failure of the Portal since the refusal, which starts a cooldown of 1 s', async () => {
    const manual = makeCache();
    await manual.exchange('same');
    manual.cache.invalidate();
    const call = errorOf(manual.cache.get());
    const failure = unavailable();
    manual.reject(1, failure);
    expect(await call).toBe(failure);
    const error = await errorOf(manual.cache.get());
    expect(error).toMatchObject({ code: 'QUIX_CREDENTIALS_REFUSED', cause: failure });
    expect(error.message).toContain('503');
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(1_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(1_250);
    vi.advanceTimersByTime(1_251);
    expect(await manual.exchange('same')).toBe('same');
  });
});
