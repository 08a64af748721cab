import { setTimeout as delay } from 'node:timers/promises';

export interface Patience {
  readonly timeoutMs: number;
  /** Subject of the error message "… was not done in N ms". */
  readonly what: string;
  /** Called before each attempt. A text means that waiting is pointless. */
  readonly reasonToStop?: () => string | undefined;
  /** Added to the error message after a timeout. */
  readonly details?: () => string;
}

/**
 * Calls `isDone` until it resolves to true. A rejection counts as false, and the last one becomes
 * the cause.
 */
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
