import { QuixError } from '../errors.ts';
import { untilAborted } from '../abort.ts';
import { errorCode, sanitizeError } from '../sanitize-error.ts';
import type { Warn } from '../warnings.ts';
import { cleanToken } from './clean-token.ts';
import { Token } from './token.ts';
import { readTokenFile } from './token-file.ts';

/**
 * Gives a token when one is needed: from a vault, another process, a file of one's own.
 *
 * It is called at each exchange and never on a timer. `signal` aborts when the exchange is over its
 * deadline or the client is closed.
 *
 * @example
 * ```ts
 * import { QuixStreamingClient, type TokenProvider } from 'quix-streams-auth';
 *
 * const fromVault: TokenProvider = async ({ signal }) => {
 *   const answer = await fetch('https://vault.example/v1/quix', { signal });
 *   return await answer.text();
 * };
 * const client = new QuixStreamingClient(fromVault);
 * ```
 */
export type TokenProvider = (context: { signal: AbortSignal }) => string | Promise<string>;

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A place that a token can come from. */
export interface TokenSource {
  /** What errors and `describe()` call it: never its value. */
  readonly name: string;
  /** What can be known without I/O: the token of a text or a variable, or why there is none. */
  peek(): { readonly token?: Token; readonly absent?: 'not given' | 'not set' | 'set but empty' };
  /** Reads it anew; `undefined` when it is absent, so that the next source is asked. */
  read(signal: AbortSignal, warn: Warn): Token | undefined | Promise<Token | undefined>;
}

/** Whether the client was closed, which is no fault of a source. */
function isClosed(signal: AbortSignal): boolean {
  return signal.reason instanceof QuixError && signal.reason.code === 'QUIX_CLIENT_CLOSED';
}

function toToken(raw: string, name: string, warn?: Warn): Token | undefined {
  const cleaned = cleanToken(raw, name);
  if (!cleaned) return undefined;
  if (cleaned.removed.length > 0) {
    warn?.({
      code: 'TOKEN_CLEANED',
      about: name,
      message: `From the token of ${name}, ${cleaned.removed.join(' and ')} had to be removed. Store the bare token there.`,
    });
  }
  return new Token(cleaned.text, name);
}

function warnBlank(name: string, warn: Warn): void {
  warn({
    code: 'TOKEN_BLANK',
    about: name,
    message: `The token from ${name} is blank and counts as absent. Remove it, or set it to a token.`,
  });
}

/** A text or a function that the caller passed. */
export function givenSource(given: string | TokenProvider, name: string): TokenSource {
  return typeof given === 'function' ? providerSource(given, name) : textSource(given, name);
}

function textSource(text: string, name: string): TokenSource {
  return {
    name,
    peek() {
      const token = toToken(text, name);
      return token ? { token } : { absent: 'set but empty' };
    },
    read(_signal, warn) {
      const token = toToken(text, name, warn);
      if (!token) warnBlank(name, warn);
      return token;
    },
  };
}

/** An environment variable, read again each time. */
export function variableSource(name: string, env: () => Environment): TokenSource {
  const readRaw = (): string | undefined => {
    const raw: unknown = env()[name]; // `toString` is there, too
    return typeof raw === 'string' ? raw : undefined;
  };
  return {
    name,
    peek() {
      const raw = readRaw();
      if (raw === undefined) return { absent: 'not set' };
      const token = toToken(raw, name);
      return token ? { token } : { absent: 'set but empty' };
    },
    read(_signal, warn) {
      const raw = readRaw();
      if (raw === undefined) return undefined;
      const token = toToken(raw, name, warn);
      if (!token) warnBlank(name, warn);
      return token;
    },
  };
}

/** A function of the caller. Broken is not absent: its failure ends the search. */
function providerSource(provider: TokenProvider, name: string): TokenSource {
  const fail = (problem: string, cause?: Error): QuixError =>
    new QuixError('QUIX_TOKEN_SOURCE_FAILED', `The token ${name} ${problem}.`, {
      retryable: true,
      cause,
      hint: 'See what it calls; its own message is withheld because it may hold the token.',
    });
  return {
    name,
    peek: () => ({}),
    async read(signal, warn) {
      let raw: unknown;
      try {
        raw = await untilAborted(provider({ signal }), signal);
      } catch (error) {
        if (isClosed(signal)) throw error;
        if (signal.aborted) throw fail('did not settle within the deadline (timeoutMs)');
        throw fail(`failed (${errorCode(error) ?? 'it threw'})`, sanitizeError(error));
      }
      if (typeof raw !== 'string')
        throw fail(`gave ${raw === null ? 'null' : typeof raw}, not a string`);
      const token = toToken(raw, name, warn);
      if (!token) throw fail('gave a blank text');
      return token;
    },
  };
}

function fileProblem(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'it could not be read within the deadline (timeoutMs)';
  return error instanceof QuixError ? error.message : (errorCode(error) ?? 'unreadable');
}

/**
 * A file, such as a mounted Kubernetes secret, read again each time.
 *
 * Once a token was read from it, a file that is missing, unreadable, empty or half-written means
 * that the secret is being replaced: the token read last goes on being used, with one warning.
 */
export function fileSource(path: string): TokenSource {
  const name = 'tokenFile';
  let last: Token | undefined;
  let warned = false;
  return {
    name,
    peek: () => ({}),
    async read(signal, warn) {
      try {
        // A named pipe or a network share may never answer.
        const raw = await untilAborted(readTokenFile(path, signal), signal);
        const token = toToken(raw, `${name} ${path}`, warn);
        if (!token) throw new QuixError('QUIX_TOKEN_SOURCE_FAILED', 'the file is empty');
        last = new Token(token.reveal(), name);
        warned = false;
        return last;
      } catch (error) {
        if (isClosed(signal)) throw error;
        const problem = fileProblem(error, signal);
        if (last) {
          if (!warned) {
            warned = true;
            warn({
              code: 'TOKEN_FILE_UNREADABLE',
              about: path,
              message: `The token file ${path} gave no token (${problem}). The one read last is used; check the file.`,
            });
          }
          return last;
        }
        if (error instanceof QuixError && error.code === 'QUIX_TOKEN_INVALID') throw error;
        throw new QuixError(
          'QUIX_TOKEN_SOURCE_FAILED',
          `The token file ${path} gave no token: ${problem}.`,
          {
            retryable: true,
            cause: error instanceof QuixError ? undefined : sanitizeError(error),
            hint: 'Check the path, its permissions and that it holds the token.',
          },
        );
      }
    },
  };
}
