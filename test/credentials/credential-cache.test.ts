import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import type { BrokerSettings } from '../../src/credentials/broker-credentials.ts';
import {
  CredentialCache,
  type CredentialCacheOptions,
} from '../../src/credentials/credential-cache.ts';
import { errorOf } from '../support/errors.ts';

function settings(password: string): BrokerSettings {
  return {
    workspaceId: 'org-project-dev',
    brokers: ['localhost:9093'],
    securityProtocol: 'SASL_SSL',
    sasl: { mechanism: 'PLAIN', username: 'user', password },
  };
}

interface Exchange {
  resolve: (password: string) => void;
  reject: (error: unknown) => void;
}

/** A cache whose exchanges are settled by hand. */
function makeCache(options: Partial<CredentialCacheOptions> = {}) {
  const exchanges: Exchange[] = [];
  const changes: string[] = [];
  const failures: string[] = [];
  const cache = new CredentialCache({
    exchange: () =>
      new Promise((resolve, reject) => {
        exchanges.push({
          resolve: (password) => {
            resolve({ settings: settings(password) });
          },
          reject,
        });
      }),
    maxAgeMs: undefined,
    onChange: (credentials) => changes.push(credentials.sasl?.password ?? ''),
    onRefreshFailed: ({ code }) => failures.push(code),
    ...options,
  });
  const answer = (index: number, password: string): void => {
    const exchange = exchanges[index];
    if (!exchange) throw new Error(`There is no exchange ${index}.`);
    exchange.resolve(password);
  };
  return { cache, exchanges, changes, failures, answer };
}

const unavailable = (retryAfterMs?: number): QuixError =>
  new QuixError('QUIX_PORTAL_UNAVAILABLE', 'away', { retryable: true, retryAfterMs });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an invalidation', () => {
  it('makes the next call exchange again, at once the first time', async () => {
    const { cache, exchanges, answer } = makeCache();
    const first = cache.get();
    answer(0, 'old');
    cache.invalidate(await first);
    expect(cache.isRefused).toBe(true);
    const second = cache.get();
    answer(1, 'new');
    expect((await second).sasl?.password).toBe('new');
    expect(cache.isRefused).toBe(false);
    expect(exchanges).toHaveLength(2);
  });

  it('of credentials older than the current ones changes nothing', async () => {
    const { cache, exchanges, answer } = makeCache();
    const first = cache.get();
    answer(0, 'old');
    const old = await first;
    cache.invalidate(old);
    const second = cache.get();
    answer(1, 'new');
    await second;
    for (let count = 0; count < 200; count++) cache.invalidate(old);
    await cache.get();
    expect(exchanges).toHaveLength(2);
  });

  it('is not satisfied by an exchange that began before it, whoever waits for that one', async () => {
    const { cache, exchanges, answer } = makeCache();
    const first = cache.get();
    answer(0, 'old');
    const old = await first;
    const early = cache.get(true);
    cache.invalidate(old);
    const late = cache.get();
    expect(exchanges).toHaveLength(3);
    answer(2, 'new');
    expect((await late).sasl?.password).toBe('new');
    answer(1, 'old');
    expect((await early).sasl?.password).toBe('new');
    expect(cache.current?.sasl?.password).toBe('new');
  });

  it('leaves the exchange after it shared when one from before it ends', async () => {
    const { cache, exchanges, answer } = makeCache();
    const first = cache.get();
    answer(0, 'old');
    const old = await first;
    const early = cache.get(true);
    cache.invalidate(old);
    const late = cache.get();
    answer(1, 'old');
    await new Promise(setImmediate);
    expect([cache.isExchanging, cache.get()]).toEqual([true, late]);
    expect(exchanges).toHaveLength(3);
    answer(2, 'new');
    expect(await early).toBe(await late);
  });

  it('of credentials of another cache, or before there are any, changes nothing', async () => {
    const { cache, exchanges, answer } = makeCache();
    cache.invalidate();
    const other = makeCache();
    const foreign = other.cache.get();
    other.answer(0, 'foreign');
    const mine = cache.get();
    answer(0, 'mine');
    await mine;
    cache.invalidate(await foreign);
    await cache.get();
    expect(exchanges).toHaveLength(1);
  });
});

describe('credentials that stay refused', () => {
  /** Refuses the same answer until a cooldown is in force; gives what the call in between was told. */
  async function refuse(harness: ReturnType<typeof makeCache>): Promise<QuixError> {
    harness.cache.invalidate();
    return await errorOf(harness.cache.get());
  }

  async function exchangeSame(harness: ReturnType<typeof makeCache>): Promise<void> {
    const call = harness.cache.get();
    harness.answer(harness.exchanges.length - 1, 'same');
    await call;
  }

  it('are exchanged at most once per cooldown of 1 s, doubling to 60 s, jittered by up to a quarter', async () => {
    const harness = makeCache();
    await exchangeSame(harness);
    harness.cache.invalidate();
    await exchangeSame(harness);
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      const error = await refuse(harness);
      expect(error).toMatchObject({ code: 'QUIX_CREDENTIALS_REFUSED', retryable: true });
      expect(error.retryAfterMs).toBeGreaterThanOrEqual(seconds * 1_000 - 1);
      expect(error.retryAfterMs).toBeLessThanOrEqual(seconds * 1_250);
      const { length } = harness.exchanges;
      vi.advanceTimersByTime((error.retryAfterMs ?? 0) - 2);
      await errorOf(harness.cache.get());
      expect(harness.exchanges).toHaveLength(length);
      vi.advanceTimersByTime(3);
      await exchangeSame(harness);
      expect(harness.exchanges).toHaveLength(length + 1);
    }
  });

  it('are forgotten as soon as another answer comes', async () => {
    const harness = makeCache();
    await exchangeSame(harness);
    harness.cache.invalidate();
    await exchangeSame(harness);
    const { retryAfterMs = 0 } = await refuse(harness);
    vi.advanceTimersByTime(retryAfterMs + 1);
    const call = harness.cache.get();
    harness.answer(2, 'other');
    await call;
    harness.cache.invalidate();
    void harness.cache.get();
    expect(harness.exchanges).toHaveLength(4);
  });

  it('are forgotten when they worked for two minutes after all', async () => {
    const harness = makeCache();
    await exchangeSame(harness);
    harness.cache.invalidate();
    await exchangeSame(harness);
    vi.advanceTimersByTime(121_000);
    harness.cache.invalidate();
    void harness.cache.get();
    expect(harness.exchanges).toHaveLength(3);
  });

  it.each([
    ['less than two minutes, cool down for longer', 119_000, 4],
    ['two minutes, cool down as at first', 120_001, 1],
  ])('again after %s', async (_, workedMs, seconds) => {
    const harness = makeCache();
    await exchangeSame(harness);
    harness.cache.invalidate();
    await exchangeSame(harness);
    await refuse(harness);
    vi.advanceTimersByTime(1_251);
    await exchangeSame(harness);
    vi.advanceTimersByTime(workedMs);
    harness.cache.invalidate();
    await exchangeSame(harness);
    const { retryAfterMs } = await refuse(harness);
    expect(retryAfterMs).toBeGreaterThanOrEqual(seconds * 1_000);
    expect(retryAfterMs).toBeLessThanOrEqual(seconds * 1_250);
  });

  it('are not waited for any more when an answer of another kind has come', async () => {
    const harness = makeCache();
    await exchangeSame(harness);
    harness.cache.invalidate();
    await exchangeSame(harness);
    await refuse(harness);
    await harness.cache.install(() => Promise.resolve({ settings: settings('same') }));
    void harness.cache.get(true);
    expect(harness.exchanges).toHaveLength(3);
  });

  it('are not blamed on a Portal that failed before they were refused again', async () => {
    const harness = makeCache();
    await exchangeSame(harness);
    harness.cache.invalidate();
    await exchangeSame(harness);
    const forced = harness.cache.get(true);
    vi.advanceTimersByTime(500);
    harness.exchanges[2]?.reject(unavailable());
    await forced;
    const error = await refuse(harness);
    expect(error.message).toContain('the Portal still gives the same ones');
    expect(error.retryAfterMs).toBeLessThanOrEqual(750);
  });

  it('and a Portal that fails meanwhile are one exchange a second, and the error names both', async () => {
    const harness = makeCache();
    await exchangeSame(harness);
    harness.cache.invalidate();
    const call = errorOf(harness.cache.get());
    harness.exchanges[1]?.reject(unavailable());
    expect((await call).code).toBe('QUIX_PORTAL_UNAVAILABLE');
    const error = await errorOf(harness.cache.get());
    expect(error.message).toMatch(/Kafka refused.*away/);
    expect(error.retryAfterMs).toBeLessThanOrEqual(1_250);
    vi.advanceTimersByTime(1_251);
    const recovered = harness.cache.get();
    harness.answer(2, 'same');
    expect((await recovered).sasl?.password).toBe('same');
  });
});

describe('a late answer', () => {
  it('does not replace one that was installed meanwhile', async () => {
    const { cache, answer, changes } = makeCache();
    const call = cache.get();
    await cache.install(() => Promise.resolve({ settings: settings('installed') }));
    answer(0, 'late');
    expect((await call).sasl?.password).toBe('installed');
    expect(changes).toEqual(['installed']);
  });

  it('of another kind does not replace what is newer, nor satisfy an invalidation after it began', async () => {
    const { cache, answer, exchanges } = makeCache();
    const first = cache.get();
    answer(0, 'old');
    await first;
    let resolveInstall: (settings: BrokerSettings) => void = () => undefined;
    let accepted = 0;
    const install = cache.install(async () => {
      const answered = await new Promise<BrokerSettings>((resolve) => (resolveInstall = resolve));
      return { settings: answered, accepted: () => accepted++ };
    });
    cache.invalidate();
    resolveInstall(settings('of before the refusal'));
    await vi.waitFor(() => {
      expect(exchanges).toHaveLength(2);
    });
    answer(1, 'new');
    expect((await install).sasl?.password).toBe('new');
    expect(accepted).toBe(1);
  });

  it('is dropped after close', async () => {
    const { cache, answer, changes } = makeCache();
    const call = errorOf(cache.get());
    cache.close(new QuixError('QUIX_CLIENT_CLOSED', 'closed'));
    answer(0, 'late');
    expect((await call).code).toBe('QUIX_CLIENT_CLOSED');
    expect(changes).toEqual([]);
  });
});

describe('a refresh in the background', () => {
  it('that fails leaves last-good credentials and waits 30 s before the next', async () => {
    const { cache, exchanges, answer, failures } = makeCache({ maxAgeMs: 1_000 });
    const first = cache.get();
    answer(0, 'good');
    await first;
    vi.advanceTimersByTime(1_001);
    await cache.get();
    expect(exchanges).toHaveLength(2);
    exchanges[1]?.reject(unavailable());
    await vi.waitFor(() => {
      expect(failures).toEqual(['QUIX_PORTAL_UNAVAILABLE']);
    });
    expect((await cache.get()).sasl?.password).toBe('good');
    expect(exchanges).toHaveLength(2);
    vi.advanceTimersByTime(30_001);
    await cache.get();
    expect(exchanges).toHaveLength(3);
  });

  it('is one, however many calls find the credentials too old', async () => {
    const { cache, exchanges, answer } = makeCache({ maxAgeMs: 1_000 });
    const first = cache.get();
    answer(0, 'good');
    await first;
    vi.advanceTimersByTime(1_001);
    await Promise.all(Array.from({ length: 1_000 }, () => cache.get()));
    expect(exchanges).toHaveLength(2);
  });
});

describe('a Portal that asks to be left alone', () => {
  it('is not asked again by calls within that time, which get the rest of it', async () => {
    const { cache, exchanges } = makeCache();
    const call = errorOf(cache.get());
    exchanges[0]?.reject(unavailable(40_000));
    await call;
    vi.advanceTimersByTime(10_000);
    const error = await errorOf(cache.get());
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryAfterMs: 30_000 });
    expect(exchanges).toHaveLength(1);
    vi.advanceTimersByTime(30_001);
    void cache.get();
    expect(exchanges).toHaveLength(2);
  });

  it('leaves last-good credentials to a forced refresh', async () => {
    const { cache, exchanges, answer } = makeCache();
    const first = cache.get();
    answer(0, 'good');
    await first;
    const forced = cache.get(true);
    exchanges[1]?.reject(unavailable(40_000));
    expect((await forced).sasl?.password).toBe('good');
    expect((await cache.get(true)).sasl?.password).toBe('good');
    expect(exchanges).toHaveLength(2);
  });
});

describe('what a cache says of itself', () => {
  it('is whether it asks, how old its answer is, and which one that is', async () => {
    const { cache, answer } = makeCache();
    expect(cache.isExchanging).toBe(false);
    const call = cache.get();
    expect([cache.isExchanging, cache.generation, cache.isStale]).toEqual([true, 0, false]);
    vi.advanceTimersByTime(5_000);
    answer(0, 'good');
    await call;
    vi.advanceTimersByTime(700);
    expect([cache.isExchanging, cache.generation, cache.isStale]).toEqual([false, 1, false]);
    expect(cache.ageMs).toBe(700);
  });

  it('is stale at the age given, and never without one', async () => {
    for (const [maxAgeMs, isStale] of [
      [1_000, true],
      [undefined, false],
    ] as const) {
      const { cache, answer } = makeCache({ maxAgeMs });
      vi.advanceTimersByTime(2_000);
      expect(cache.isStale).toBe(false);
      const call = cache.get();
      answer(0, 'good');
      await call;
      vi.advanceTimersByTime(999);
      expect(cache.isStale).toBe(false);
      vi.advanceTimersByTime(1);
      expect(cache.isStale).toBe(isStale);
    }
  });

  it('is stale after an answer that is final, which the call is told, until a good one comes', async () => {
    const { cache, exchanges, answer, failures } = makeCache();
    const first = cache.get();
    answer(0, 'good');
    await first;
    const forced = errorOf(cache.get(true));
    exchanges[1]?.reject(new QuixError('QUIX_TOKEN_REJECTED', 'rejected'));
    expect(await forced).toMatchObject({ code: 'QUIX_TOKEN_REJECTED' });
    expect(failures).toEqual(['QUIX_TOKEN_REJECTED']);
    expect(cache.isStale).toBe(true);
    expect((await cache.get()).sasl?.password).toBe('good');
    const again = cache.get(true);
    answer(2, 'good');
    await again;
    expect(cache.isStale).toBe(false);
  });
});

describe('an answer', () => {
  it('that is the same as before is no change', async () => {
    const { cache, answer, changes } = makeCache();
    for (const [index, password] of ['one', 'one', 'two'].entries()) {
      const call = cache.get(true);
      answer(index, password);
      await call;
    }
    expect(changes).toEqual(['one', 'two']);
    expect(cache.generation).toBe(3);
  });

  it('that is a bug of ours passes as it is, also while credentials are held', async () => {
    const { cache, exchanges, answer, failures } = makeCache();
    const first = cache.get();
    answer(0, 'good');
    await first;
    const forced = cache.get(true);
    const bug = new RangeError('bug');
    exchanges[1]?.reject(bug);
    await expect(forced).rejects.toBe(bug);
    expect(failures).toEqual([]);
  });

  it('of another kind that began before the one that is held gives way to it', async () => {
    const { cache, answer } = makeCache();
    let resolveInstall: (settings: BrokerSettings) => void = () => undefined;
    let accepted = 0;
    const install = cache.install(async () => {
      const answered = await new Promise<BrokerSettings>((resolve) => (resolveInstall = resolve));
      return { settings: answered, accepted: () => accepted++ };
    });
    const call = cache.get();
    answer(0, 'newer');
    await call;
    resolveInstall(settings('older'));
    expect((await install).sasl?.password).toBe('newer');
    expect([accepted, cache.generation]).toEqual([1, 1]);
  });

  it('without a wish to be left alone stops no later call', async () => {
    const { cache, exchanges } = makeCache();
    const call = errorOf(cache.get());
    exchanges[0]?.reject(unavailable());
    await call;
    void cache.get();
    expect(exchanges).toHaveLength(2);
  });
});

it('a closed cache says so to every call, and asks nothing', async () => {
  const { cache, exchanges, answer } = makeCache();
  const call = cache.get();
  answer(0, 'good');
  await call;
  const reason = new QuixError('QUIX_CLIENT_CLOSED', 'closed');
  cache.close(reason);
  expect(await errorOf(cache.get())).toBe(reason);
  expect(await errorOf(cache.get(true))).toBe(reason);
  expect(cache.current).toBeUndefined();
  expect(exchanges).toHaveLength(1);
});

it('an error about a refusal says what to do', async () => {
  const { cache, exchanges, answer } = makeCache();
  const first = cache.get();
  answer(0, 'same');
  cache.invalidate(await first);
  const second = cache.get();
  answer(1, 'same');
  cache.invalidate(await second);
  const error = await errorOf(cache.get());
  expect(error.message).toMatch(
    /^Kafka refused the credentials, and the Portal still gives the same ones\. .* If this goes on, check in the Quix portal/,
  );
  expect(exchanges).toHaveLength(2);
});
