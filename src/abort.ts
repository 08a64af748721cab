interface AbortWaiters {
  /** The only listener of this module on the signal. */
  readonly listener: () => void;
  readonly callbacks: Set<() => void>;
}

const waitersOf = new WeakMap<AbortSignal, AbortWaiters>();

/**
 * Calls `callback` when the signal aborts. The signal must not have aborted yet, and each call
 * needs a new function. All callbacks of a signal share one listener. With a listener for each
 * callback, Node would print a `MaxListenersExceededWarning` for the 11th one, and the time to
 * remove a listener would grow with the number of listeners.
 *
 * @returns a function that removes the callback
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const waiters = waitersOf.get(signal) ?? addWaiters(signal);
  waiters.callbacks.add(callback);
  return () => {
    waiters.callbacks.delete(callback);
    if (waiters.callbacks.size > 0 || waitersOf.get(signal) !== waiters) return;
    waitersOf.delete(signal);
    signal.removeEventListener('abort', waiters.listener);
  };
}

function addWaiters(signal: AbortSignal): AbortWaiters {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    waitersOf.delete(signal);
    for (const callback of callbacks) callback();
  };
  const waiters = { listener, callbacks };
  waitersOf.set(signal, waiters);
  signal.addEventListener('abort', listener, { once: true });
  return waiters;
}

/**
 * Settles like `promise`, or rejects with the reason of `signal` as soon as the signal aborts. A
 * later rejection of `promise` is ignored.
 */
export function untilAborted<T>(
  promise: T | PromiseLike<T>,
  signal: AbortSignal | undefined,
): Promise<Awaited<T>> {
  return new Promise((resolve, reject) => {
    const rejectWithReason = (): void => {
      // Node's default reason is an Error.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the owner of the signal chooses the reason
      reject(signal?.reason);
    };
    let removeCallback: (() => void) | undefined;
    if (signal?.aborted) rejectWithReason();
    else if (signal) removeCallback = onAbort(signal, rejectWithReason);
    Promise.resolve(promise).then(
      (value) => {
        removeCallback?.();
        resolve(value);
      },
      (error: unknown) => {
        removeCallback?.();
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a promise may reject with any value
        reject(error);
      },
    );
  });
}

/** Longest delay of a Node timer. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Resolves after `ms` milliseconds. Rejects with the reason of `signal` as soon as it aborts. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await untilAborted(timeout, signal).finally(() => {
    clearTimeout(timer);
  });
}
