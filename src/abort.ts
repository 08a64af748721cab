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
      // The owner of the signal chooses the reason. Node's default is an Error.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(signal?.reason);
    };
    if (signal?.aborted) rejectWithReason();
    else signal?.addEventListener('abort', rejectWithReason, { once: true });
    Promise.resolve(promise)
      .then(resolve, reject)
      .finally(() => {
        signal?.removeEventListener('abort', rejectWithReason);
      });
  });
}

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
