import { untilAborted } from '../abort.ts';
import { QuixError } from '../errors.ts';
import { readVariable } from '../own-properties.ts';
import { errorCode, sanitizeError } from '../sanitize-error.ts';
import type { Warn } from '../warnings.ts';
import { cleanToken } from './clean-token.ts';
import { isReentryError, ReentryGuard, reentryError } from './reentry-guard.ts';
import { Token } from './token.ts';

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns a token when one is needed, for example from a vault or another process.
 *
 * The function is called for each call that sends requests to the Portal, and again when the Portal
 * answers 401 or 403. It is never called on a timer. If it throws, rejects or returns a blank
 * string, the call fails with `QUIX_TOKEN_SOURCE_FAILED`, except for `fallbackToken`. Cached
 * credentials stay in use. `signal` aborts when `timeoutMs` has passed or the client is closed. The
 * function must not call its own client, because the client is waiting for the function. Such calls
 * fail with `QUIX_TOKEN_SOURCE_FAILED`, except for `getBrokerCredentials()` with cached credentials.
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

/** A source that may have a token. */
export interface TokenSource {
  /** Name for errors and `describe()`. Never contains the token. */
  readonly name: string;
  /**
   * Returns the token or the reason of its absence. Throws if a text cannot be a token, or if the
   * variables for it contradict each other. Returns `{}` for a function or a file, because these are
   * not read.
   */
  peek(): { readonly token?: Token; readonly absent?: 'not set' | 'set but empty' };
  /**
   * Reads the source again. Returns `undefined` if a text or a variable is absent or blank. A
   * function or a file without a token throws, unless the file has been read before.
   */
  read(signal: AbortSignal, warn: Warn): Token | undefined | Promise<Token | undefined>;
}

/** Suffix of a variable that contains the path of a file. */
const FILE_SUFFIX = '_FILE';

const SOURCES_IN_WORDS = new Map([
  ['argument', 'the token argument'],
  ['provider', 'the token function'],
  ['tokenFile', 'the token file'],
  ['fallbackToken', 'the option fallbackToken'],
  ['rotateToken', 'the argument of rotateToken()'],
]);

/** Returns the name of a source as messages show it. */
export function sourceInWords(name: string): string {
  const words = name.endsWith(FILE_SUFFIX) ? 'the file in' : 'the environment variable';
  return SOURCES_IN_WORDS.get(name) ?? `${words} ${name}`;
}

/** Returns whether the signal aborted because the client was closed. */
export const isClosedSignal = ({ reason }: AbortSignal): boolean =>
  reason instanceof QuixError && reason.code === 'QUIX_CLIENT_CLOSED';

/** Returns the token in a raw text, or `undefined` for blank text. Warns about removed parts. */
export function parseToken(
  raw: string,
  name: string,
  warn?: Warn,
  sourceWords = sourceInWords(name),
): Token | undefined {
  const cleaned = cleanToken(raw, sourceWords);
  if (!cleaned) return undefined;
  if (cleaned.removed.length > 0) {
    const message = `Removed ${cleaned.removed.join(' and ')} from the token in ${sourceWords}. Store only the token there.`;
    warn?.({ code: 'TOKEN_CLEANED', about: name, message });
  }
  return new Token(cleaned.text, name);
}

/** Creates a source of text that can be read without I/O. */
function syncSource(name: string, readText: () => string | undefined): TokenSource {
  const parse = (warn?: Warn): ReturnType<TokenSource['peek']> => {
    const text = readText();
    if (text === undefined) return { absent: 'not set' };
    const token = parseToken(text, name, warn);
    return token ? { token } : { absent: 'set but empty' };
  };
  return {
    name,
    peek: () => parse(),
    read(_signal, warn) {
      const { token, absent } = parse(warn);
      if (absent !== 'set but empty') return token;
      const message = `Ignored ${sourceInWords(name)}, because it is blank. Remove it, or set it to a token.`;
      warn({ code: 'TOKEN_BLANK', about: name, message });
      return undefined;
    },
  };
}

/** Returns the name `X_FILE` for a variable `X`. */
export const fileVariable = (variable: string): string => `${variable}${FILE_SUFFIX}`;

/** Creates a source that reads an environment variable each time. */
export function variableSource(name: string, env: () => Environment): TokenSource {
  return syncSource(name, () => {
    const text = readVariable(env(), name);
    if (!text?.trim() || !readVariable(env(), fileVariable(name))?.trim()) return text;
    const summary = `The environment variables ${name} and ${fileVariable(name)} are both set.`;
    throw new QuixError('QUIX_CONFIG', summary, { hint: 'Remove one of them.' });
  });
}

/** Creates a source from a text or a function. The guard detects functions that call their client. */
export function valueSource(
  value: string | TokenProvider,
  name: string,
  guard = new ReentryGuard(),
): TokenSource {
  if (typeof value === 'string') return syncSource(name, () => value);
  const subject = name === 'provider' ? 'The token function' : `The token function of ${name}`;
  const fail = (problem: string, cause?: Error): QuixError =>
    new QuixError('QUIX_TOKEN_SOURCE_FAILED', `${subject} ${problem}.`, {
      retryable: true,
      cause,
      hint: 'Check the function. Messages of its errors are not shown, because they may contain the token.',
    });
  return {
    name,
    peek: () => ({}),
    async read(signal, warn) {
      let raw: unknown;
      try {
        raw = await guard.run(() => untilAborted(value({ signal }), signal));
      } catch (error) {
        if (isClosedSignal(signal)) throw error;
        if (signal.aborted) throw fail('did not return a token within the time limit (timeoutMs)');
        if (isReentryError(error)) throw reentryError();
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
