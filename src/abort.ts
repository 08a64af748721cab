/**
 * Settles like `promise`, or rejects with the signal's reason as soon as the signal aborts. Leaves
 * no listener on the signal. A rejection of `promise` after that is ignored.
 */
export function untilAborted<T>(
  promise: T | PromiseLike<T>,
  signal: AbortSignal,
): Promise<Awaited<T>> {
  return new Promise((resolve, reject) => {
    const abandon = (): void => {
      // The owner of the signal chooses the reason. Node's default is an Error.
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

/** Waits. Rejects with the signal's reason as soon as the signal aborts, and clears its timer. */
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
