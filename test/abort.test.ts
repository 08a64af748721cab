import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sleep, untilAborted } from '../src/abort.ts';

const reason = new Error('aborted');
const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;
const pending = new Promise<never>(() => undefined);

describe('untilAborted()', () => {
  it('resolves to the result of a promise or thenable, or to a plain value', async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(Promise.resolve(1), signal)).toBe(1);
    expect(await untilAborted({ then: (done) => done?.(2) as never }, signal)).toBe(2);
    expect(await untilAborted(3, signal)).toBe(3);
    await new Promise(setImmediate);
    expect(listeners(signal)).toBe(0);
  });

  it('rejects with the error of the promise', async () => {
    const { signal } = new AbortController();
    await expect(untilAborted(Promise.reject(reason), signal)).rejects.toBe(reason);
    await new Promise(setImmediate);
    expect(listeners(signal)).toBe(0);
  });

  it('rejects with the reason of the signal when the signal aborts', async () => {
    const controller = new AbortController();
    const waited = untilAborted(pending, controller.signal);
    expect(listeners(controller.signal)).toBe(1);
    controller.abort(reason);
    await expect(waited).rejects.toBe(reason);
    expect(listeners(controller.signal)).toBe(0);
  });

  it('rejects at once when the signal has aborted before, and leaves no listener on it', async () => {
    const signal = AbortSignal.abort(reason);
    await expect(untilAborted(pending, signal)).rejects.toBe(reason);
    await expect(untilAborted(Promise.resolve(1), signal)).rejects.toBe(reason);
    expect(listeners(signal)).toBe(0);
  });

  it('ignores a rejection of the promise after the abort', async () => {
    const onUnhandled = vi.fn();
    process.on('unhandledRejection', onUnhandled);
    const signal = AbortSignal.abort(reason);
    await expect(untilAborted(Promise.reject(new Error('late')), signal)).rejects.toBe(reason);
    await new Promise(setImmediate);
    process.off('unhandledRejection', onUnhandled);
    expect(onUnhandled).not.toHaveBeenCalled();
  });

  it('keeps the result when the signal aborts later', async () => {
    const controller = new AbortController();
    const waited = untilAborted(Promise.resolve('in time'), controller.signal);
    await new Promise(setImmediate);
    controller.abort(reason);
    expect(await waited).toBe('in time');
  });
});

describe('sleep()', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('resolves after the given time', async () => {
    const awake = vi.fn();
    const slept = sleep(500, new AbortController().signal).then(awake);
    await vi.advanceTimersByTimeAsync(499);
    expect(awake).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await slept;
    expect(awake).toHaveBeenCalledTimes(1);
  });

  it('rejects with the reason of the signal, and leaves neither timer nor listener', async () => {
    const controller = new AbortController();
    const slept = sleep(500, controller.signal);
    const failed = expect(slept).rejects.toBe(reason);
    controller.abort(reason);
    await failed;
    expect(vi.getTimerCount()).toBe(0);
    expect(listeners(controller.signal)).toBe(0);
    await expect(sleep(500, controller.signal)).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });
});
