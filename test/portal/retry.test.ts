import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { QuixError, type QuixErrorCode } from 'quix-streams-auth';
import { sleep } from '../../src/abort.ts';
import type { QuixErrorDetails } from '../../src/errors.ts';
import { Deadline } from '../../src/portal/deadline.ts';
import { nextDelayMs, Retries } from '../../src/portal/retry.ts';

function failure(details: QuixErrorDetails = {}, code: QuixErrorCode = 'QUIX_PORTAL_UNAVAILABLE') {
  return new QuixError(code, 'It failed.', { retryable: true, ...details });
}

const always = (value: number) => () => value;

describe('nextDelayMs', () => {
  it('doubles the longest delay from 1 s to 8 s', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 50].map((attempt) =>
      nextDelayMs(failure(), attempt, 1e6, always(1)),
    );
    expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000]);
  });

  it('draws the delay from the upper two thirds of the step', () => {
    expect(nextDelayMs(failure(), 3, 1e6, always(0))).toBeCloseTo(4_000 / 3);
    expect(nextDelayMs(failure(), 3, 1e6, always(0.5))).toBeCloseTo(8_000 / 3);
    expect(nextDelayMs(failure(), 3, 1e6, always(1))).toBe(4_000);
  });

  it('draws a random delay by default', () => {
    const drawn = Array.from({ length: 100 }, () => nextDelayMs(failure(), 1, 1e6) ?? -1);
    expect(new Set(drawn).size).toBeGreaterThan(90);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(333);
    expect(Math.max(...drawn)).toBeLessThan(1_000);
  });

  it('gives up after an error that is not retryable', () => {
    expect(nextDelayMs(failure({ retryable: false }), 1, 1e6)).toBeUndefined();
    expect(
      nextDelayMs(failure({ retryable: false, retryAfterMs: 1 }), 1, 1e6, always(0)),
    ).toBeUndefined();
  });

  it('leaves 250 ms for the last attempt, and gives up when less time remains', () => {
    expect(nextDelayMs(failure(), 5, 1_000, always(1))).toBe(750);
    expect(nextDelayMs(failure(), 5, 251, always(1))).toBe(1);
    expect(nextDelayMs(failure(), 1, 250, always(0))).toBeUndefined();
    expect(nextDelayMs(failure(), 1, 0, always(0))).toBeUndefined();
  });

  it('allows three attempts at a response that is cut off', () => {
    const cutOff = failure({}, 'QUIX_BAD_RESPONSE');
    expect([1, 2, 3].map((attempt) => nextDelayMs(cutOff, attempt, 1e6, always(1)))).toEqual([
      1_000,
      2_000,
      undefined,
    ]);
  });

  it('waits for Retry-After and adds at most 1 s, unless the step is longer', () => {
    const error = failure({ retryAfterMs: 3_000 });
    expect(nextDelayMs(error, 1, 1e6, always(0))).toBe(3_000);
    expect(nextDelayMs(error, 1, 1e6, always(1))).toBe(4_000);
    expect(nextDelayMs(error, 3, 1e6, always(0.99))).toBe(3_990);
    expect(nextDelayMs(error, 4, 1e6, always(1))).toBe(8_000);
    expect(nextDelayMs(failure({ retryAfterMs: 0 }), 1, 1e6, always(0.25))).toBeCloseTo(500);
  });

  it('waits at most 2 s while Kafka clients cannot log in', () => {
    const longest = [1, 2, 3, 50].map((attempt) =>
      nextDelayMs(failure(), attempt, 1e6, always(1), true),
    );
    expect(longest).toEqual([1_000, 2_000, 2_000, 2_000]);
  });

  it('adds at most a quarter to Retry-After while Kafka clients cannot log in', () => {
    const error = failure({ retryAfterMs: 3_000 });
    expect(nextDelayMs(error, 9, 1e6, always(0), true)).toBe(3_000);
    expect(nextDelayMs(error, 9, 1e6, always(1), true)).toBe(3_750);
  });

  it('gives up at once when Retry-After does not fit the deadline', () => {
    expect(nextDelayMs(failure({ retryAfterMs: 86_400_000 }), 1, 30_000)).toBeUndefined();
    expect(nextDelayMs(failure({ retryAfterMs: 751 }), 1, 1_000, always(0))).toBeUndefined();
    expect(nextDelayMs(failure({ retryAfterMs: 750 }), 1, 1_000, always(0))).toBe(750);
  });

  it('shortens the jitter, never Retry-After, to fit the deadline', () => {
    expect(nextDelayMs(failure({ retryAfterMs: 740 }), 5, 1_000, always(1))).toBe(750);
  });

  it('returns a delay that fits the deadline and is not shorter than Retry-After', () => {
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

describe('Retries', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0.25); // half of each delay
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const lostConnection = failure({ cause: Object.assign(new Error('lost'), { code: 'EPIPE' }) });
  type Outcome = Error | { durationMs: number; error: QuixError } | 'hang' | 'ok';

  /** Returns the result of an attempt. Rejects when the attempt fails or the deadline aborts. */
  async function attempt(outcome: Outcome | undefined, { signal }: Deadline): Promise<unknown> {
    if (outcome instanceof Error) throw outcome;
    if (typeof outcome === 'object') {
      await new Promise((resolve) => setTimeout(resolve, outcome.durationMs));
      throw outcome.error;
    }
    if (outcome !== 'hang') return outcome;
    return await new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });
  }

  /** Makes attempts with these outcomes on a fake clock. The last outcome is repeated. */
  async function run(
    outcomes: Outcome[],
    { timeoutMs = 30_000, abortAfterMs }: { timeoutMs?: number; abortAfterMs?: number } = {},
  ) {
    const times: number[] = [];
    const delays: number[] = [];
    const start = performance.now();
    const deadline = new Deadline(timeoutMs, 'portal.example');
    const retries = new Retries(deadline);
    const loop = async (): Promise<unknown> => {
      for (;;) {
        const outcome = outcomes[Math.min(times.length, outcomes.length - 1)];
        times.push(Math.round(performance.now() - start));
        try {
          return await attempt(outcome, deadline);
        } catch (error) {
          const delayMs = retries.delayAfter(error as QuixError);
          delays.push(delayMs);
          if (delayMs > 0) await sleep(delayMs, deadline.signal);
        }
      }
    };
    const result = loop().then(
      (value) => ({ value, error: undefined }),
      (error: unknown) => ({ value: undefined, error: error as QuixError }),
    );
    if (abortAfterMs !== undefined) {
      await vi.advanceTimersByTimeAsync(abortAfterMs);
      deadline.abort(closed);
    }
    await vi.advanceTimersByTimeAsync(timeoutMs + 1_000);
    deadline.clear();
    return { ...(await result), times, delays, deadline };
  }
  const closed = new QuixError('QUIX_CLIENT_CLOSED', 'Closed.');

  it('makes no second attempt after a success', async () => {
    expect(await run(['ok'])).toMatchObject({ value: 'ok', times: [0], delays: [] });
  });

  it('waits longer after each failure, up to a limit', async () => {
    const { value, times } = await run([...Array.from({ length: 6 }, () => failure()), 'ok']);
    expect(value).toBe('ok');
    expect(times).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500]);
  });

  it('returns whole milliseconds', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { delays } = await run([failure({ status: 500 }), failure({ status: 503 }), 'ok']);
    expect(delays).toEqual([333, 667]);
  });

  it('throws an error that is not retryable at once and unchanged', async () => {
    const final = failure({ retryable: false }, 'QUIX_FORBIDDEN');
    const { error, times } = await run([final]);
    expect(error).toBe(final);
    expect(times).toEqual([0]);
  });

  it('leaves an error unchanged that is not retryable after other attempts', async () => {
    const final = failure({ retryable: false }, 'QUIX_FORBIDDEN');
    const { error, times } = await run([failure(), final]);
    expect(error).toBe(final);
    expect(times).toEqual([0, 500]);
  });

  it('throws the last error with the number of attempts when time is nearly over', async () => {
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
      hint: 'Wait.',
      cause: last.cause,
    });
    expect(error?.summary).toMatch(/^It failed\. .*\b4\b/);
  });

  it('does not mention the number of attempts after a single one', async () => {
    const only = failure({ retryAfterMs: 86_400_000 });
    expect((await run([only])).error).toBe(only);
  });

  it('throws the last error before the timeout when time runs out during a later attempt', async () => {
    const { error } = await run([failure({ status: 502 }), 'hang'], { timeoutMs: 5_000 });
    expect(error).toMatchObject({ status: 502 });
    expect(error?.summary).toMatch(/\b2\b/);
  });

  it('throws the error of the deadline when time runs out during the first attempt', async () => {
    const { error, deadline } = await run(['hang'], { timeoutMs: 5_000 });
    expect(error).toBe(deadline.signal.reason);
    expect(error?.message).toContain('5000 ms');
  });

  it('makes one immediate attempt after the first lost connection', async () => {
    const { times } = await run([lostConnection, lostConnection, 'ok']);
    expect(times).toEqual([0, 0, 1_000]);
  });

  it('waits after other failures even if a connection was lost before', async () => {
    const { times } = await run([failure(), lostConnection, failure(), 'ok']);
    expect(times).toEqual([0, 500, 500, 2_500]);
  });

  it('gives up after three responses that are cut off', async () => {
    const { times, error } = await run([failure({}, 'QUIX_BAD_RESPONSE')]);
    expect(times).toEqual([0, 500, 1_500]);
    expect(error?.summary).toMatch(/\b3\b/);
  });

  it('counts the time that attempts take', async () => {
    const slow = { durationMs: 900, error: failure() };
    const { times } = await run([slow], { timeoutMs: 3_000 });
    expect(times).toEqual([0, 1_400, 2_750]);
  });

  it('makes no further attempt after an abort, even if the connection was lost', async () => {
    const slow = { durationMs: 200, error: lostConnection };
    const { error, times } = await run([slow], { abortAfterMs: 100 });
    expect(error).toBe(closed);
    expect(times).toEqual([0]);
  });
});
