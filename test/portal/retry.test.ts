import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { QuixError, type QuixErrorCode } from 'quix-streams-auth';
import type { QuixErrorDetails } from '../../src/errors.ts';
import { Deadline } from '../../src/portal/index.ts';
import { nextDelayMs, retry } from '../../src/portal/retry.ts';
import { failureOf } from '../support/portal-access.ts';

function failure(details: QuixErrorDetails = {}, code: QuixErrorCode = 'QUIX_PORTAL_UNAVAILABLE') {
  return new QuixError(code, 'It failed.', { retryable: true, ...details });
}

const always = (value: number) => () => value;
const never = (): boolean => false;

describe('nextDelayMs', () => {
  it('doubles the longest delay from 1 s to 8 s', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 50].map((attempt) =>
      nextDelayMs(failure(), attempt, 1e6, always(1)),
    );
    expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000]);
  });

  it('draws from the upper two thirds of it', () => {
    expect(nextDelayMs(failure(), 3, 1e6, always(0))).toBeCloseTo(4_000 / 3);
    expect(nextDelayMs(failure(), 3, 1e6, always(0.5))).toBeCloseTo(8_000 / 3);
    expect(nextDelayMs(failure(), 3, 1e6, always(1))).toBe(4_000);
  });

  it('draws at random by itself', () => {
    const drawn = Array.from({ length: 100 }, () => nextDelayMs(failure(), 1, 1e6) ?? -1);
    expect(new Set(drawn).size).toBeGreaterThan(90);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(333);
    expect(Math.max(...drawn)).toBeLessThan(1_000);
  });

  it('gives up on an error that is not retryable', () => {
    expect(nextDelayMs(failure({ retryable: false }), 1, 1e6)).toBeUndefined();
    expect(
      nextDelayMs(failure({ retryable: false, retryAfterMs: 1 }), 1, 1e6, always(0)),
    ).toBeUndefined();
  });

  it('leaves a quarter of a second for the last attempt, and gives up when there is less', () => {
    expect(nextDelayMs(failure(), 5, 1_000, always(1))).toBe(750);
    expect(nextDelayMs(failure(), 5, 251, always(1))).toBe(1);
    expect(nextDelayMs(failure(), 1, 250, always(0))).toBeUndefined();
    expect(nextDelayMs(failure(), 1, 0, always(0))).toBeUndefined();
  });

  it('asks three times for an answer that is cut short', () => {
    const cut = failure({}, 'QUIX_BAD_RESPONSE');
    expect([1, 2, 3].map((attempt) => nextDelayMs(cut, attempt, 1e6, always(1)))).toEqual([
      1_000,
      2_000,
      undefined,
    ]);
  });

  it('obeys Retry-After, with the jitter above it', () => {
    const told = failure({ retryAfterMs: 3_000 });
    expect(nextDelayMs(told, 1, 1e6, always(0))).toBe(3_000);
    expect(nextDelayMs(told, 1, 1e6, always(1))).toBe(4_000);
    expect(nextDelayMs(failure({ retryAfterMs: 0 }), 1, 1e6, always(0.5))).toBe(500);
  });

  it('gives up at once when Retry-After ends after the deadline', () => {
    expect(nextDelayMs(failure({ retryAfterMs: 86_400_000 }), 1, 30_000)).toBeUndefined();
    expect(nextDelayMs(failure({ retryAfterMs: 751 }), 1, 1_000, always(0))).toBeUndefined();
  });

  it('never cuts Retry-After short, whatever the jitter', () => {
    expect(nextDelayMs(failure({ retryAfterMs: 740 }), 5, 1_000, always(1))).toBe(750);
  });

  it('is never negative, never beyond the deadline, never before Retry-After', () => {
    fc.assert(
      fc.property(
        fc.option(fc.nat(100_000), { nil: undefined }),
        fc.integer({ min: 1, max: 2_000 }),
        fc.double({ min: 0, max: 1e5, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (retryAfterMs, attempt, remainingMs, random) => {
          const delayMs = nextDelayMs(
            failure({ retryAfterMs }),
            attempt,
            remainingMs,
            always(random),
          );
          if (delayMs === undefined) {
            expect(remainingMs - 250).toBeLessThanOrEqual(retryAfterMs ?? 0);
          } else {
            expect(delayMs).toBeGreaterThanOrEqual(retryAfterMs ?? 0);
            expect(delayMs).toBeLessThanOrEqual(remainingMs - 250);
            expect(delayMs).toBeLessThanOrEqual((retryAfterMs ?? 0) + 8_000);
          }
        },
      ),
    );
  });
});

describe('retry', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0.25); // half of each delay
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Runs the attempts on a fake clock; tells what came of it and when each one began. */
  async function run(
    outcomes: (QuixError | { takesMs: number; fails: QuixError } | 'hang' | 'ok')[],
    {
      timeoutMs = 30_000,
      lost = never,
    }: { timeoutMs?: number; lost?: (error: QuixError) => boolean } = {},
  ) {
    const times: number[] = [];
    const began = performance.now();
    const overtime = new QuixError('QUIX_PORTAL_UNAVAILABLE', 'Time is up.', { retryable: true });
    const deadline = new Deadline(timeoutMs, () => overtime);
    const result = retry(
      async () => {
        const outcome = outcomes[Math.min(times.length, outcomes.length - 1)];
        times.push(Math.round(performance.now() - began));
        if (outcome instanceof QuixError) throw outcome;
        if (typeof outcome === 'object') {
          await new Promise((resolve) => setTimeout(resolve, outcome.takesMs));
          throw outcome.fails;
        }
        if (outcome !== 'hang') return outcome;
        await new Promise((_, reject) => {
          deadline.signal.addEventListener('abort', () => {
            reject(deadline.signal.reason as Error);
          });
        });
        throw new Error('unreachable');
      },
      deadline,
      { isConnectionLost: lost },
    ).then(
      (value) => ({ value, error: undefined }),
      (error: unknown) => ({ value: undefined, error: error as QuixError }),
    );
    await vi.advanceTimersByTimeAsync(timeoutMs + 1_000);
    deadline.clear();
    return { ...(await result), times, overtime };
  }

  it('gives the first success', async () => {
    expect(await run(['ok'])).toMatchObject({ value: 'ok', times: [0] });
  });

  it('waits longer after each failure, up to the same cap', async () => {
    const { value, times } = await run([...Array.from({ length: 6 }, () => failure()), 'ok']);
    expect(value).toBe('ok');
    expect(times).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500]);
  });

  it('throws at once what is not retryable, unchanged', async () => {
    const final = failure({ retryable: false }, 'QUIX_FORBIDDEN');
    const { error, times } = await run([final]);
    expect(error).toBe(final);
    expect(times).toEqual([0]);
  });

  it('throws the last error, saying how often it was tried, when time is nearly over', async () => {
    const last = failure({
      status: 503,
      hint: 'Wait.',
      correlationId: 'c-1',
      cause: new Error('x'),
    });
    const { error, times } = await run([failure({ status: 500 }), last], { timeoutMs: 2_000 });
    expect(times).toEqual([0, 500, 1_500, 1_750]);
    expect(error).toMatchObject({
      code: 'QUIX_PORTAL_UNAVAILABLE',
      status: 503,
      correlationId: 'c-1',
      retryable: true,
      message: 'It failed. Tried 4 times. Wait.',
      hint: 'Wait.',
      cause: last.cause,
    });
  });

  it('does not say how often when that was once', async () => {
    const only = failure({ retryAfterMs: 86_400_000 });
    expect((await run([only])).error).toBe(only);
  });

  it('throws the last real error, not the timeout, when time ends during a later attempt', async () => {
    const { error } = await run([failure({ status: 502 }), 'hang'], { timeoutMs: 5_000 });
    expect(error).toMatchObject({ status: 502, message: 'It failed. Tried 2 times.' });
  });

  it('throws the reason of the deadline when time ends during the first attempt', async () => {
    const { error, overtime } = await run(['hang'], { timeoutMs: 5_000 });
    expect(error).toBe(overtime);
  });

  it('tries once more at once after a lost connection, and only once', async () => {
    const lost = failure({ cause: new Error('lost') });
    const { times } = await run([lost, lost, 'ok'], { lost: (error) => error.cause !== undefined });
    expect(times.slice(0, 2)).toEqual([0, 0]);
    expect(times[2]).toBeGreaterThan(0);
  });

  it('waits after other failures even if a connection was lost before', async () => {
    const lost = failure({ cause: new Error('lost') });
    const { times } = await run([failure(), lost, failure(), 'ok'], {
      lost: (error) => error.cause !== undefined,
    });
    expect(times[1]).toBe(500);
    expect(times[2]).toBe(500);
    expect(times[3]).toBeGreaterThan(500);
  });

  it('gives up an answer that is cut short after three times', async () => {
    const { times, error } = await run([failure({}, 'QUIX_BAD_RESPONSE')]);
    expect(times).toEqual([0, 500, 1_500]);
    expect(error?.message).toContain('Tried 3 times.');
  });

  it('counts the time that attempts take', async () => {
    const slow = { takesMs: 900, fails: failure() };
    const { times } = await run([slow], { timeoutMs: 3_000 });
    expect(times).toEqual([0, 1_400, 2_750]);
  });

  it('lets foreign errors pass, which would be bugs of ours', async () => {
    const bug = new RangeError('bug');
    const deadline = new Deadline(1_000, () => failure());
    await expect(
      retry(() => Promise.reject(bug), deadline, { isConnectionLost: never }),
    ).rejects.toBe(bug);
    deadline.clear();
  });

  it('ends at once, with the reason, when it is aborted while it waits', async () => {
    const deadline = new Deadline(30_000, () => failure());
    const reason = new QuixError('QUIX_CLIENT_CLOSED', 'Closed.');
    const attempt = vi.fn(() => Promise.reject(failure({ retryAfterMs: 10_000 })));
    const failed = failureOf(() => retry(attempt, deadline, { isConnectionLost: never }));
    await vi.advanceTimersByTimeAsync(100);
    deadline.abort(reason);
    expect(await failed).toBe(reason);
    expect(attempt).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
