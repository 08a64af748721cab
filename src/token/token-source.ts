import { QuixError } from '../errors.ts';
import type { Warn } from '../warnings.ts';
import { cleanToken } from './clean-token.ts';
import { Token } from './token.ts';

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Result of {@link TokenSource.peek}. */
export interface TokenPeek {
  readonly token?: Token;
  /** Why there is no token. */
  readonly absent?: 'not given' | 'not set' | 'set but empty';
}

/** A place that a token can come from. */
export interface TokenSource {
  /** Name for errors and `describe()`. Never contains the token. */
  readonly name: string;
  /** Returns what is known without I/O. Empty for a function or a file. */
  peek(): TokenPeek;
  /**
   * Reads the source again. `undefined` means that it is absent, so that the next source is read.
   */
  read(signal: AbortSignal, warn: Warn): Token | undefined | Promise<Token | undefined>;
}

/**
 * Returns whether the signal was aborted because the client was closed, which is not a failure of a
 * source.
 */
export function isClosedSignal({ reason }: AbortSignal): boolean {
  return reason instanceof QuixError && reason.code === 'QUIX_CLIENT_CLOSED';
}

/**
 * Returns the token in a raw text, or `undefined` for blank text. Warns when parts of the text had
 * to be removed.
 *
 * @param place - Where the text came from, for messages. Default: `name`.
 */
export function toToken(raw: string, name: string, warn?: Warn, place = name): Token | undefined {
  const cleaned = cleanToken(raw, place);
  if (!cleaned) return undefined;
  if (cleaned.removed.length > 0) {
    warn?.({
      code: 'TOKEN_CLEANED',
      about: place,
      message: `Removed ${cleaned.removed.join(' and ')} from the token in ${place}. Store only the token there.`,
    });
  }
  return new Token(cleaned.text, name);
}

function warnBlank(name: string, warn: Warn): void {
  warn({
    code: 'TOKEN_BLANK',
    about: name,
    message: `The token from ${name} is blank and is ignored. Remove it, or set it to a token.`,
  });
}

function peekText(raw: string, name: string): TokenPeek {
  const token = toToken(raw, name);
  return token ? { token } : { absent: 'set but empty' };
}

function readText(raw: string, name: string, warn: Warn): Token | undefined {
  const token = toToken(raw, name, warn);
  if (!token) warnBlank(name, warn);
  return token;
}

/** Creates a source from a text that the caller passed. */
export function textSource(text: string, name: string): TokenSource {
  return {
    name,
    peek: () => peekText(text, name),
    read: (_signal, warn) => readText(text, name, warn),
  };
}

/** Creates a source that reads an environment variable each time. */
export function variableSource(name: string, env: () => Environment): TokenSource {
  const readRaw = (): string | undefined => {
    const raw: unknown = env()[name]; // a name such as `toString` finds an inherited function
    return typeof raw === 'string' ? raw : undefined;
  };
  return {
    name,
    peek() {
      const raw = readRaw();
      return raw === undefined ? { absent: 'not set' } : peekText(raw, name);
    },
    read(_signal, warn) {
      const raw = readRaw();
      return raw === undefined ? undefined : readText(raw, name, warn);
    },
  };
}
