import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline, deadlineError } from '../../src/portal/index.ts';

const reason = new Error('time is up');

describe('a deadline', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('aborts its signal with the reason when time is up, and not before', () => {
    const deadline = new Deadline(1_000, () => reason);
    vi.advanceTimersByTime(999);
    expect(deadline).toMatchObject({ isOver: false, timeoutMs: 1_000 });
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(deadline.isOver).toBe(true);
    expect(deadline.signal.reason).toBe(reason);
  });

  it('counts down by the monotonic clock, to 0 and no further', () => {
    const deadline = new Deadline(1_000, () => reason);
    expect(deadline.remainingMs).toBe(1_000);
    vi.setSystemTime(Date.now() + 1e9); // somebody sets the wall clock
    expect(deadline.remainingMs).toBe(1_000);
    vi.advanceTimersByTime(400);
    expect(deadline.remainingMs).toBe(600);
    vi.advanceTimersByTime(5_000);
    expect(deadline.remainingMs).toBe(0);
  });

  it('is not over when it was aborted, and stays aborted for that reason', () => {
    const deadline = new Deadline(1_000, () => reason);
    const closed = new Error('closed');
    deadline.abort(closed);
    vi.advanceTimersByTime(2_000);
    expect(deadline.isOver).toBe(false);
    expect(deadline.signal.reason).toBe(closed);
  });

  it('leaves no timer behind when it is cleared or aborted', () => {
    new Deadline(1_000, () => reason).clear();
    new Deadline(1_000, () => reason).abort(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has an error that names host, limit and what to do', () => {
    const error = deadlineError('portal.example:8443', 1_234);
    expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
    expect(error.message).toMatch(/portal\.example:8443 .* 1234 ms.*timeoutMs/);
  });
});
