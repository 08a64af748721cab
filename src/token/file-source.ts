import { untilAborted } from '../abort.ts';
import { QuixError } from '../errors.ts';
import { readVariable } from '../own-properties.ts';
import { errorCode, sanitizeError } from '../sanitize-error.ts';
import type { Warn } from '../warnings.ts';
import { containsToken } from './contains-token.ts';
import type { Token } from './token.ts';
import { fileVariable, isClosedSignal, parseToken } from './token-source.ts';
import type { Environment, TokenSource } from './token-source.ts';

/** Limit for the bytes that are read. The path may lead to a wrong, large file. */
const MAX_FILE_BYTES = 64 * 1024;

/** Reads the text of a token file as UTF-8. Rejects with the errors of `node:fs`. */
export async function readTokenFile(path: string, signal: AbortSignal): Promise<string> {
  // Loaded here, because clients without a token file do not need these modules.
  const { open } = process.getBuiltinModule('node:fs/promises');
  const { O_NONBLOCK, O_RDONLY } = process.getBuiltinModule('node:fs').constants;
  signal.throwIfAborted();
  // Without O_NONBLOCK, opening a named pipe without a writer would block one of Node's four I/O
  // threads forever.
  const file = await open(path, O_RDONLY | O_NONBLOCK);
  try {
    const stats = await file.stat();
    const code = stats.isDirectory() ? 'EISDIR' : 'EINVAL';
    if (!stats.isFile()) throw Object.assign(new Error('not a file'), { code });
    const buffer = Buffer.alloc(MAX_FILE_BYTES);
    const { bytesRead } = await file.read(buffer, 0, MAX_FILE_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Creates a source that reads a file each time, such as a mounted Kubernetes secret.
 *
 * If the file is missing, unreadable or empty, or its text cannot be a token, another process may
 * be replacing it. The source then returns the last token that it read, and warns once.
 */
export function fileSource(path: string, name = 'tokenFile'): TokenSource {
  const origin = name === 'tokenFile' ? '' : ` (from ${name})`;
  let lastToken: Token | undefined;
  let hasWarned = false;
  const fail = (problem: string, cause?: Error): QuixError =>
    new QuixError('QUIX_TOKEN_SOURCE_FAILED', `The token file ${path}${origin} ${problem}.`, {
      retryable: true,
      cause,
      hint: 'Check the path, the permissions and the content of the file.',
    });
  const toFileError = (error: unknown, { aborted }: AbortSignal): QuixError => {
    if (aborted) return fail('could not be read in time (timeoutMs)');
    if (error instanceof QuixError) return error;
    const reason = errorCode(error) ?? 'unknown error';
    return fail(`could not be read (${reason})`, sanitizeError(error));
  };
  return {
    name,
    peek: () => ({}),
    async read(signal, warn) {
      try {
        // Reading from a network share may never end.
        const raw = await untilAborted(readTokenFile(path, signal), signal);
        const token = parseToken(raw, name, warn, `the file ${path}`);
        if (!token) throw fail('is empty');
        hasWarned = false;
        lastToken = token;
        return token;
      } catch (error) {
        if (isClosedSignal(signal)) throw error;
        const fileError = toFileError(error, signal);
        if (!lastToken) throw fileError;
        if (!hasWarned) {
          hasWarned = true;
          const message = `${fileError.summary} The last token that was read from the file is used. Check the file.`;
          warn({ code: 'TOKEN_FILE_UNREADABLE', about: path, message });
        }
        return lastToken;
      }
    },
  };
}

/** Reads the variable `X_FILE`, and the file that it names, each time. */
export class VariableFileSource implements TokenSource {
  readonly name: string;
  readonly #variable: string;
  readonly #env: () => Environment;
  #path: string | undefined;
  #file: TokenSource | undefined;

  /** @param variable - The variable `X`. */
  constructor(variable: string, env: () => Environment) {
    this.name = fileVariable(variable);
    this.#variable = variable;
    this.#env = env;
  }

  peek(): ReturnType<TokenSource['peek']> {
    return this.#find() ? {} : { absent: 'not set' };
  }

  read(signal: AbortSignal, warn: Warn): ReturnType<TokenSource['read']> {
    return this.#find()?.read(signal, warn);
  }

  /** Returns the source of the file. A source that stays the same remembers its last token. */
  #find(): TokenSource | undefined {
    const path = readVariable(this.#env(), this.name)?.trim();
    if (!path) return undefined;
    if (containsToken(path)) {
      const summary = `The environment variable ${this.name} contains a token instead of a path.`;
      const hint = `Set it to the path of a file, or set ${this.#variable} to the token.`;
      throw new QuixError('QUIX_CONFIG', summary, { hint });
    }
    if (path !== this.#path) {
      this.#path = path;
      this.#file = fileSource(path, this.name);
    }
    return this.#file;
  }
}
