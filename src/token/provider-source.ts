import { untilAborted } from '../abort.ts';
import { QuixError } from '../errors.ts';
import { errorCode, sanitizeError } from '../sanitize-error.ts';
import { isClosedSignal, parseToken, textSource, type TokenSource } from './token-source.ts';

/**
 * Returns a token when one is needed, for example from a vault or another process.
 *
 * The function is called for each call that sends requests to the Portal, and again when the Portal
 * answers 401 or 403. It is never called on a timer. If it throws, rejects or returns a blank
 * string, the call rejects with `QUIX_TOKEN_SOURCE_FAILED`, and no other source is read. `signal`
 * aborts when `timeoutMs` has passed or the client is closed.
 *
 * @example
 * ```ts
 * import { QuixStreamingClient, type TokenProvider } from 'quix-streams-auth';
 *
 * const fromVault: TokenProvider = async ({ signal }) => {
 *   const response = await fetch('https://vault.example/v1/quix', { signal });
 *   if (!response.ok) throw new Error(`The vault answered ${response.status}.`);
 *   return await response.text();
 * };
 * const client = new QuixStreamingClient(fromVault);
 * ```
 */
export type TokenProvider = (context: { signal: AbortSignal }) => string | Promise<string>;

/**
 * Creates a source from a text or a function that the caller passed. If the function fails, no
 * other source is read.
 */
export function valueSource(value: string | TokenProvider, name: string): TokenSource {
  if (typeof value === 'string') return textSource(value, name);
  const words = name === 'provider' ? 'The token function' : `The token function of ${name}`;
  const fail = (problem: string, cause?: Error): QuixError =>
    new QuixError('QUIX_TOKEN_SOURCE_FAILED', `${words} ${problem}.`, {
      retryable: true,
      cause,
      hint: 'Check the function. The message of its error is not shown, because it may contain the token.',
    });
  return {
    name,
    peek: () => ({}),
    async read(signal, warn) {
      let raw: unknown;
      try {
        raw = await untilAborted(value({ signal }), signal);
      } catch (error) {
        if (isClosedSignal(signal)) throw error;
        if (signal.aborted) throw fail('did not return a token within the time limit (timeoutMs)');
        const code = errorCode(error);
        throw fail(code === undefined ? 'failed' : `failed (${code})`, sanitizeError(error));
      }
      if (typeof raw !== 'string')
        throw fail(`returned ${raw === null ? 'null' : typeof raw} instead of a string`);
      const token = parseToken(raw, name, warn);
      if (!token) throw fail('returned a blank string');
      return token;
    },
  };
}
