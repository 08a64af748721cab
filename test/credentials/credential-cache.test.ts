import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import { errorOf } from '../support/errors.ts';
import { makeCache, rotation, unavailable } from './manual-exchanges.ts';

const closedError = (): QuixError => new QuixError('QUIX_CLIENT_CLOSED', 'The client is closed.');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('get()', () => {
  it('shares one exchange among concurrent calls', async () => {
    const { cache, exchanges, resolve } = makeCache();
    const calls = Array.from({ length: 100 }, () => cache.get());
    const forced = cache.get(true);
    expect(exchanges).toHaveLength(1);
    expect(exchanges[0]?.rotation).toBeUndefined();
    resolve(0, 'shared');
    expect(new Set(await Promise.all([...calls, forced])).size).toBe(1);
  });

  it('returns the same promise for each cached call', async () => {
    const { cache, exchange } = makeCache();
    await exchange('good');
    expect(cache.get()).toBe(cache.get());
  });

  it('numbers the credentials and records when they were obtained', async () => {
    const { cache, exchange } = makeCache();
    for (const generation of [1, 2]) {
      vi.advanceTimersByTime(1_000);
      await exchange('good');
      expect(cache.current).toMatchObject({ generation, obtainedAt: new Date() });
    }
  });

  it('reports credentials that differ from the previous ones, and the previous ones', async () => {
    const { cache, exchange, changes } = makeCache();
    for (const password of ['one', 'one', 'two']) await exchange(password);
    expect(changes).toEqual([
      ['one', undefined],
      ['two', 'one'],
    ]);
    expect(cache.generation).toBe(3);
  });

  it('rejects with the unchanged error if it is not a QuixError, also while credentials are cached', async () => {
    const { cache, exchange, reject, failures } = makeCache();
    await exchange('good');
    const forced = cache.get(true);
    const defect = new RangeError('defect');
    reject(1, defect);
    await expect(forced).rejects.toBe(defect);
    expect(failures).toEqual([]);
  });

  it('does not cause an unhandled rejection when an exchange fails and no caller handles the error', async () => {
    const onUnhandled = vi.fn();
    process.on('unhandledRejection', onUnhandled);
    const { cache, reject } = makeCache();
    void cache.get();
    reject(0, unavailable());
    await new Promise(setImmediate);
    process.off('unhandledRejection', onUnhandled);
    expect(onUnhandled).not.toHaveBeenCalled();
  });
});

describe('invalidate()', () => {
  it('makes the next call start an exchange at once the first time', async () => {
    const { cache, exchange, exchanges } = makeCache();
    await exchange('old');
    expect(cache.invalidate(cache.current)).toBe(true);
    expect(cache.isRefused).toBe(true);
    const second = cache.get();
    exchanges[1]?.resolve('new');
    expect((await second).sasl?.password).toBe('new');
    expect(cache.isRefused).toBe(false);
    expect(exchanges).toHaveLength(2);
  });

  it('changes nothing the second time for the same credentials', async () => {
    const { cache, exchange } = makeCache();
    await exchange('old');
    expect(cache.invalidate()).toBe(true);
    expect(cache.invalidate()).toBe(false);
  });

  it('ignores credentials that are older than the current ones', async () => {
    const { cache, exchange, exchanges } = makeCache();
    await exchange('old');
    const old = cache.current;
    cache.invalidate(old);
    await exchange('new');
    for (let count = 0; count < 200; count++) expect(cache.invalidate(old)).toBe(false);
    await cache.get();
    expect(exchanges).toHaveLength(2);
  });

  it('ignores credentials of another cache, and a call before there are credentials', async () => {
    const { cache, exchange, exchanges } = makeCache();
    expect(cache.invalidate()).toBe(false);
    const other = makeCache();
    await other.exchange('other');
    await exchange('own');
    expect(cache.invalidate(other.cache.current)).toBe(false);
    await cache.get();
    expect(exchanges).toHaveLength(1);
  });

  it('discards the result of an exchange that began before it', async () => {
    const { cache, exchange, exchanges, resolve } = makeCache();
    await exchange('old');
    const early = cache.get(true);
    cache.invalidate();
    const late = cache.get();
    expect(exchanges).toHaveLength(3);
    resolve(2, 'new');
    expect((await late).sasl?.password).toBe('new');
    resolve(1, 'old');
    expect((await early).sasl?.password).toBe('new');
    expect(cache.current?.sasl?.password).toBe('new');
  });

  it('lets callers share the exchange that starts after it, even if an earlier exchange ends meanwhile', async () => {
    const { cache, exchange, exchanges, resolve } = makeCache();
    await exchange('old');
    const early = cache.get(true);
    cache.invalidate();
    const late = cache.get();
    resolve(1, 'old');
    await new Promise(setImmediate);
    expect([cache.isExchanging, cache.get()]).toEqual([true, late]);
    expect(exchanges).toHaveLength(3);
    resolve(2, 'new');
    expect(await early).toBe(await late);
  });

  it('prevents the refused credentials from being returned when the next exchange fails', async () => {
    const { cache, exchange, reject, failures } = makeCache();
    await exchange('old');
    cache.invalidate();
    const call = errorOf(cache.get());
    const failure = unavailable();
    reject(1, failure);
    expect(await call).toBe(failure);
    expect(failures).toEqual(['QUIX_PORTAL_UNAVAILABLE']);
    expect(cache.isRefused).toBe(true);
  });

  it('makes exchanges urgent until one succeeds', async () => {
    const { cache, exchange, exchanges } = makeCache();
    await exchange('first');
    cache.invalidate();
    await exchange('second');
    await exchange('third');
    expect(exchanges.map(({ isUrgent }) => isUrgent)).toEqual([false, true, false]);
  });
});

describe('rotate()', () => {
  it('passes the rotation to the exchange and installs its credentials', async () => {
    const { cache, exchange, exchanges, resolve, changes } = makeCache();
    await exchange('old');
    const rotated = cache.rotate(rotation);
    expect(exchanges[1]?.rotation).toBe(rotation);
    resolve(1, 'rotated');
    expect(await rotated).toBe(cache.current);
    expect(await cache.get()).toBe(cache.current);
    expect(changes.at(-1)).toEqual(['rotated', 'old']);
  });

  it('rejects when its exchange fails, and keeps the cached credentials without a report', async () => {
    const { cache, exchange, reject, failures } = makeCache();
    await exchange('old');
    const rotated = errorOf(cache.rotate(rotation));
    const failure = new QuixError('QUIX_TOKEN_REJECTED', 'rejected');
    reject(1, failure);
    expect(await rotated).toBe(failure);
    expect((await cache.get()).sasl?.password).toBe('old');
    expect([cache.isStale, failures]).toEqual([false, []]);
  });

  it('supersedes an exchange that ends after it', async () => {
    const { cache, resolve, changes } = makeCache();
    const call = cache.get();
    const rotated = cache.rotate(rotation);
    resolve(1, 'rotated');
    await rotated;
    expect(cache.isExchanging).toBe(false);
    resolve(0, 'late');
    expect((await call).sasl?.password).toBe('rotated');
    expect(changes.map(([password]) => password)).toEqual(['rotated']);
  });

  it('resolves to newer credentials that were installed meanwhile', async () => {
    const { cache, exchange, resolve } = makeCache();
    const rotated = cache.rotate(rotation);
    expect(await exchange('newer')).toBe('newer');
    resolve(0, 'older');
    expect((await rotated).sasl?.password).toBe('newer');
    expect(cache.generation).toBe(1);
  });

  it('resolves to a new exchange when the credentials were refused meanwhile', async () => {
    const { cache, exchange, exchanges, resolve } = makeCache();
    await exchange('old');
    const rotated = cache.rotate(rotation);
    cache.invalidate();
    resolve(1, 'from before the refusal');
    await new Promise(setImmediate);
    expect(exchanges).toHaveLength(3);
    resolve(2, 'new');
    expect((await rotated).sasl?.password).toBe('new');
  });

  it('ends the pause that a Retry-After requested', async () => {
    const { cache, exchanges, reject, resolve } = makeCache();
    const failed = errorOf(cache.get());
    reject(0, unavailable(40_000));
    await failed;
    const rotated = cache.rotate(rotation);
    resolve(1, 'rotated');
    await rotated;
    void cache.get(true);
    expect(exchanges).toHaveLength(3);
  });
});

describe('a refresh in the background', () => {
  it('keeps the cached credentials in use when it fails, and pauses for 30 s', async () => {
    const { cache, exchange, exchanges, reject, failures } = makeCache({ maxAgeMs: 1_000 });
    await exchange('good');
    vi.advanceTimersByTime(1_001);
    await cache.get();
    expect(exchanges).toHaveLength(2);
    reject(1, unavailable());
    await new Promise(setImmediate);
    expect(failures).toEqual(['QUIX_PORTAL_UNAVAILABLE']);
    vi.advanceTimersByTime(29_999);
    expect((await cache.get()).sasl?.password).toBe('good');
    expect(exchanges).toHaveLength(2);
    vi.advanceTimersByTime(1);
    await cache.get();
    expect(exchanges).toHaveLength(3);
  });

  it('is shared by all calls that find the credentials too old', async () => {
    const { cache, exchange, exchanges } = makeCache({ maxAgeMs: 1_000 });
    await exchange('good');
    vi.advanceTimersByTime(1_001);
    await Promise.all(Array.from({ length: 1_000 }, () => cache.get()));
    expect(exchanges).toHaveLength(2);
  });

  it('does not cause an unhandled rejection when the Portal rejects the token', async () => {
    const onUnhandled = vi.fn();
    process.on('unhandledRejection', onUnhandled);
    const { cache, exchange, reject, failures } = makeCache({ maxAgeMs: 1_000 });
    await exchange('good');
    vi.advanceTimersByTime(1_001);
    await cache.get();
    reject(1, new QuixError('QUIX_TOKEN_REJECTED', 'rejected'));
    await new Promise(setImmediate);
    process.off('unhandledRejection', onUnhandled);
    expect(failures).toEqual(['QUIX_TOKEN_REJECTED']);
    expect(onUnhandled).not.toHaveBeenCalled();
  });
});

describe('a Retry-After', () => {
  it('makes calls within that time fail without an exchange, with the remaining time', async () => {
    const { cache, exchanges, reject } = makeCache();
    const call = errorOf(cache.get());
    reject(0, unavailable(40_000));
    await call;
    vi.advanceTimersByTime(10_000);
    const error = await errorOf(cache.get());
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryAfterMs: 30_000 });
    expect(exchanges).toHaveLength(1);
    vi.advanceTimersByTime(30_000);
    void cache.get();
    expect(exchanges).toHaveLength(2);
  });

  it('of a day delays later calls by only 60 s', async () => {
    const { cache, reject } = makeCache();
    const call = errorOf(cache.get());
    reject(0, unavailable(86_400_000));
    expect((await call).retryAfterMs).toBe(86_400_000);
    expect((await errorOf(cache.get())).retryAfterMs).toBe(60_000);
  });

  it('makes a forced refresh return the cached credentials', async () => {
    const { cache, exchange, exchanges, reject } = makeCache();
    await exchange('good');
    const forced = cache.get(true);
    reject(1, unavailable(40_000));
    expect((await forced).sasl?.password).toBe('good');
    expect((await cache.get(true)).sasl?.password).toBe('good');
    expect(exchanges).toHaveLength(2);
  });

  it('does not make calls return refused credentials', async () => {
    const { cache, exchange, exchanges, reject } = makeCache();
    await exchange('refused');
    cache.invalidate();
    const call = errorOf(cache.get());
    reject(1, unavailable(40_000));
    await call;
    vi.advanceTimersByTime(2_000); // the cooldown after the failed exchange is over
    const error = await errorOf(cache.get());
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryAfterMs: 38_000 });
    expect(exchanges).toHaveLength(2);
  });

  it('does not delay later calls when it is absent', async () => {
    const { cache, exchanges, reject } = makeCache();
    const call = errorOf(cache.get());
    reject(0, unavailable());
    await call;
    void cache.get();
    expect(exchanges).toHaveLength(2);
  });
});

describe('the state of the cache', () => {
  it('includes a running exchange, the age of the credentials and their generation', async () => {
    const { cache, resolve } = makeCache();
    expect(cache.isExchanging).toBe(false);
    const call = cache.get();
    expect([cache.isExchanging, cache.generation, cache.isStale]).toEqual([true, 0, false]);
    vi.advanceTimersByTime(5_000);
    resolve(0, 'good');
    await call;
    vi.advanceTimersByTime(700);
    expect([cache.isExchanging, cache.generation, cache.isStale]).toEqual([false, 1, false]);
    expect(cache.ageMs).toBe(700);
  });

  it.each([
    [1_000, true],
    [undefined, false],
  ])('is stale from maxAgeMs on: %s', async (maxAgeMs, isStale) => {
    const { cache, exchange } = makeCache({ maxAgeMs });
    vi.advanceTimersByTime(2_000);
    expect(cache.isStale).toBe(false);
    await exchange('good');
    vi.advanceTimersByTime(999);
    expect(cache.isStale).toBe(false);
    vi.advanceTimersByTime(1);
    expect(cache.isStale).toBe(isStale);
  });

  it('is stale from a final error until an exchange succeeds, and the final error rejects the call', async () => {
    const { cache, exchange, reject, failures } = makeCache();
    await exchange('good');
    const forced = errorOf(cache.get(true));
    reject(1, new QuixError('QUIX_TOKEN_REJECTED', 'rejected'));
    expect((await forced).code).toBe('QUIX_TOKEN_REJECTED');
    expect(failures).toEqual(['QUIX_TOKEN_REJECTED']);
    expect(cache.isStale).toBe(true);
    expect((await cache.get()).sasl?.password).toBe('good');
    await exchange('good');
    expect(cache.isStale).toBe(false);
  });
});

describe('close()', () => {
  it('rejects every later call with its reason and starts no exchange', async () => {
    const { cache, exchange, exchanges } = makeCache();
    await exchange('good');
    const reason = closedError();
    cache.close(reason);
    expect(await errorOf(cache.get())).toBe(reason);
    expect(await errorOf(cache.get(true))).toBe(reason);
    expect(cache.current).toBeUndefined();
    expect(exchanges).toHaveLength(1);
  });

  it('rejects pending calls and discards their results', async () => {
    const { cache, resolve, changes } = makeCache();
    const reason = closedError();
    const call = errorOf(cache.get());
    const rotated = errorOf(cache.rotate(rotation));
    cache.close(reason);
    expect(cache.isExchanging).toBe(false);
    resolve(0, 'late');
    resolve(1, 'late');
    expect(await call).toBe(reason);
    expect(await rotated).toBe(reason);
    expect([changes, cache.generation]).toEqual([[], 0]);
  });

  it('forgets a refusal', async () => {
    const { cache, exchange } = makeCache();
    await exchange('refused');
    cache.invalidate();
    cache.close(closedError());
    expect(cache.isRefused).toBe(false);
  });
});
