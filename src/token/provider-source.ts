import { untilAborted } from '../abort.ts';
import { QuixError } from '../errors.ts';
import { errorCode, sanitizeError } from '../sanitize-error.ts';
import { isClosedSignal, textSource, toToken, type TokenSource } from './token-source.ts';

/**
 * Returns a token when one is needed, for example from a vault or another process.
 *
 * It is called for each exchange and never on a timer. `signal` aborts when the deadline of the
 * exchange has passed or the client is closed.
 *
 * @example
 * ```ts
 * import { QuixStreamingClient, type TokenProvider } from 'quix-streams-auth';
 *
 * const fromVault: TokenProvider = async ({ signal }) => {
 *   const response = await fetch('https://vault.example/v1/quix', { signal });
 *   return await response.text();
 * };
 * const client = new QuixStreamingClient(fromVault);
 * ```
 */
export type TokenProvider = (context: { signal: AbortSignal }) => string | Promise<string>;

/** Creates a source from a text or a function that the caller passed. */
export function valueSource(value: string | TokenProvider, name: string): TokenSource {
  return typeof value === 'function' ? providerSource(value, name) : textSource(value, name);
}

/** A function that fails is not absent: its failure ends the search for a token. */
function providerSource(provider: TokenProvider, name: string): TokenSource {
  const fail = (problem: string, cause?: Error): QuixError =>
    new QuixError('QUIX_TOKEN_SOURCE_FAILED', `The token ${name} ${problem}.`, {
      retryable: true,
      cause,
      hint: 'Check the function that was passed. Its own message is withheld because it may contain the token.',
    });
  return {
    name,
    peek: () => ({}),
    async read(signal, warn) {
      let raw: unknown;
      try {
        raw = await untilAborted(provider({ signal }), signal);
      } catch (error) {
        if (isClosedSignal(signal)) throw error;
        if (signal.aborted) throw fail('did not settle before the deadline (timeoutMs)');
        throw fail(`failed (${errorCode(error) ?? 'it threw'})`, sanitizeError(error));
      }
      if (typeof raw !== 'string')
        throw fail(`returned ${raw === null ? 'null' : typeof raw} instead of a string`);
      const token = toToken(raw, name, warn);
      if (!token) throw fail('returned a blank string');
      return token;
    },
  };
}
