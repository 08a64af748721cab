import { setTimeout as delay } from 'node:timers/promises';

export interface Patience {
  readonly timeoutMs: number;
  /** Completes the sentence "… was not done in N ms". */
  readonly what: string;
  /** Asked before each attempt: why there is no point in waiting any longer. */
  readonly reasonToStop?: () => string | undefined;
  /** Added to the message of a time-out. */
  readonly details?: () => string;
}

/** Asks until the answer is true. A rejection counts as "not yet", and the last one becomes the cause. */
export async function waitUntil(
  isDone: () => Promise<boolean>,
  { timeoutMs, what, reasonToStop, details }: Patience,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  while (performance.now() < deadline) {
    const reason = reasonToStop?.();
    if (reason !== undefined) throw new Error(reason);
    try {
      if (await isDone()) return;
    } catch (error) {
      cause = error;
    }
    await delay(100);
  }
  throw new Error(`${what} was not done in ${timeoutMs} ms. ${details?.() ?? ''}`.trim(), {
    cause,
  });
}
