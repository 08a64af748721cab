/**
 * Settles with `promise`, or rejects with the signal's reason as soon as that aborts. Leaves no
 * listener on the signal, and what is abandoned rejects unseen.
 */
export function untilAborted<T>(
  promise: T | PromiseLike<T>,
  signal: AbortSignal,
): Promise<Awaited<T>> {
  return new Promise((resolve, reject) => {
    const abandon = (): void => {
      // The reason is whatever the owner of the signal chose; Node's own default is an Error.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(signal.reason);
    };
    if (signal.aborted) abandon();
    else signal.addEventListener('abort', abandon, { once: true });
    Promise.resolve(promise)
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener('abort', abandon);
      });
  });
}

/** Waits; rejects with the signal's reason as soon as that aborts, and leaves no timer behind. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await untilAborted(
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      }),
      signal,
    );
  } finally {
    clearTimeout(timer);
  }
}
