import { untilAborted } from '../abort.ts';
import { QuixError } from '../errors.ts';
import { errorCode, sanitizeError } from '../sanitize-error.ts';
import type { Warn } from '../warnings.ts';
import type { Token } from './token.ts';
import { isClosedSignal, parseToken, type TokenSource } from './token-source.ts';

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
    if (!stats.isFile())
      throw Object.assign(new Error('not a file'), {
        code: stats.isDirectory() ? 'EISDIR' : 'EINVAL',
      });
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(MAX_FILE_BYTES),
      0,
      MAX_FILE_BYTES,
      0,
    );
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}

function fileError(path: string, problem: string, cause?: Error): QuixError {
  return new QuixError('QUIX_TOKEN_SOURCE_FAILED', `The token file ${path} ${problem}.`, {
    retryable: true,
    cause,
    hint: 'Check the path, the permissions and the content of the file.',
  });
}

function toFileError(error: unknown, path: string, signal: AbortSignal): QuixError {
  if (signal.aborted) return fileError(path, 'could not be read in time (timeoutMs)');
  if (error instanceof QuixError) return error;
  const problem = `could not be read (${errorCode(error) ?? 'unknown error'})`;
  return fileError(path, problem, sanitizeError(error));
}

/**
 * Creates a source that reads a file each time, such as a mounted Kubernetes secret.
 *
 * If the file is missing, unreadable or empty, or its text cannot be a token, the secret may be in
 * the middle of a replacement. The source then returns the last token that it read, and warns once.
 */
export function fileSource(path: string): TokenSource {
  const name = 'tokenFile';
  let lastToken: Token | undefined;
  let hasWarned = false;
  const useLastToken = (error: QuixError, warn: Warn): Token => {
    if (!lastToken) throw error;
    if (!hasWarned) {
      hasWarned = true;
      warn({
        code: 'TOKEN_FILE_UNREADABLE',
        about: path,
        message: `${error.summary} The last token that was read from the file is used. Check the file.`,
      });
    }
    return lastToken;
  };
  return {
    name,
    peek: () => ({}),
    async read(signal, warn) {
      let token: Token | undefined;
      try {
        // Reading from a network share may never end.
        const raw = await untilAborted(readTokenFile(path, signal), signal);
        token = parseToken(raw, name, warn, `the file ${path}`);
      } catch (error) {
        if (isClosedSignal(signal)) throw error;
        return useLastToken(toFileError(error, path, signal), warn);
      }
      if (!token) return useLastToken(fileError(path, 'is empty'), warn);
      hasWarned = false;
      lastToken = token;
      return token;
    },
  };
}
