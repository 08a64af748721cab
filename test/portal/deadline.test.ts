import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from '../../src/portal/deadline.ts';

describe('Deadline', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const start = (): Deadline => new Deadline(1_000, 'portal.example:8443');

  it('aborts its signal when time runs out, and not before', () => {
    const deadline = start();
    vi.advanceTimersByTime(999);
    expect(deadline).toMatchObject({ hasTimedOut: false, timeoutMs: 1_000 });
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(deadline.hasTimedOut).toBe(true);
    expect(deadline.signal.aborted).toBe(true);
  });

  it('aborts with an error that names the host, the limit and the option', () => {
    const deadline = start();
    vi.advanceTimersByTime(1_000);
    expect(deadline.signal.reason).toMatchObject({
      code: 'QUIX_PORTAL_UNAVAILABLE',
      retryable: true,
      summary: expect.stringMatching(/portal\.example:8443 .* 1000 ms/) as string,
      hint: expect.stringContaining('timeoutMs') as string,
    });
  });

  it('counts down to 0 by the monotonic clock', () => {
    const deadline = start();
    expect(deadline.remainingMs).toBe(1_000);
    vi.setSystemTime(Date.now() + 1e9); // the wall clock may be changed at any time
    expect(deadline.remainingMs).toBe(1_000);
    vi.advanceTimersByTime(400);
    expect(deadline.remainingMs).toBe(600);
    vi.advanceTimersByTime(5_000);
    expect(deadline.remainingMs).toBe(0);
  });

  it('is not over after an abort, and keeps the reason of the abort', () => {
    const deadline = start();
    const closed = new Error('closed');
    deadline.abort(closed);
    vi.advanceTimersByTime(2_000);
    expect(deadline.hasTimedOut).toBe(false);
    expect(deadline.signal.reason).toBe(closed);
  });

  it('leaves no timer behind when it is cleared or aborted', () => {
    start().clear();
    start().abort(new Error('closed'));
    expect(vi.getTimerCount()).toBe(0);
  });
});
