import { QuixError } from 'quix-streams-auth';
import { expect } from 'vitest';
import type { TokenSource } from '../../src/token/token-source.ts';
import { expectNoLeak } from './leaks.ts';
import { failureOf } from './portal-access.ts';
import type { WarningLog } from './warnings.ts';

export const closed = new QuixError('QUIX_CLIENT_CLOSED', 'Closed.');
export const timeout = new QuixError('QUIX_PORTAL_UNAVAILABLE', 'Time ran out.', {
  retryable: true,
});

export const neverAborted = (): AbortSignal => new AbortController().signal;

/** Returns a signal that aborts after 30 ms. */
export function abortingSoon(reason: unknown): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => {
    controller.abort(reason);
  }, 30);
  return controller.signal;
}

/** Functions that read a token source, and check that no secret leaks. */
interface SourceReader {
  /** Returns the text that a source returns. Warnings must not contain it. */
  readonly read: (source: TokenSource, signal?: AbortSignal) => Promise<string | undefined>;
  /** Returns the error of a source. Neither the error nor warnings may contain the token. */
  readonly failure: (source: TokenSource, signal?: AbortSignal) => Promise<QuixError>;
}

/** @param current Returns the token and the warning log of the current test. */
export function sourceReader(
  current: () => { readonly secret: string; readonly log: WarningLog },
): SourceReader {
  return {
    async read(source, signal = neverAborted()) {
      const { secret, log } = current();
      const token = await source.read(signal, log.warn);
      expectNoLeak(log.all, [secret]);
      if (token) expect(token.source).toBe(source.name);
      return token?.reveal();
    },
    async failure(source, signal = neverAborted()) {
      const { secret, log } = current();
      const error = await failureOf(() => source.read(signal, log.warn));
      expectNoLeak([error, log.all], [secret]);
      return error;
    },
  };
}
