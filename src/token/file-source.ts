import { untilAborted } from '../abort.ts';
import { QuixError } from '../errors.ts';
import { errorCode, sanitizeError } from '../sanitize-error.ts';
import type { Token } from './token.ts';
import { isClosedSignal, toToken, type TokenSource } from './token-source.ts';

/** More than any token needs. It keeps a path to an endless device from being read forever. */
const MAX_FILE_BYTES = 64 * 1024;

/** Reads the text of a token file as UTF-8. Rejects with the errors of `node:fs`. */
export async function readTokenFile(path: string, signal: AbortSignal): Promise<string> {
  // Loaded here, so that only clients with a token file pay for it.
  const { open } = process.getBuiltinModule('node:fs/promises');
  const { O_NONBLOCK, O_RDONLY } = process.getBuiltinModule('node:fs').constants;
  signal.throwIfAborted();
  // Without O_NONBLOCK, a named pipe without a writer would block one of Node's four I/O threads
  // forever.
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

function fileProblem(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'it could not be read before the deadline (timeoutMs)';
  return error instanceof QuixError ? error.summary : (errorCode(error) ?? 'unreadable');
}

/**
 * Creates a source that reads a file each time, such as a mounted Kubernetes secret.
 *
 * Once a token was read, a file that is missing, unreadable, empty or incomplete means that the
 * secret is being replaced. The source then returns the last token that it read, and warns once.
 */
export function fileSource(path: string): TokenSource {
  const name = 'tokenFile';
  let last: Token | undefined;
  let hasWarned = false;
  return {
    name,
    peek: () => ({}),
    async read(signal, warn) {
      try {
        // A named pipe or a network share may never return.
        const raw = await untilAborted(readTokenFile(path, signal), signal);
        const token = toToken(raw, name, warn, `${name} ${path}`);
        if (!token) throw new QuixError('QUIX_TOKEN_SOURCE_FAILED', 'the file is empty');
        hasWarned = false;
        return (last = token);
      } catch (error) {
        if (isClosedSignal(signal)) throw error;
        const problem = fileProblem(error, signal);
        if (last) {
          if (!hasWarned) {
            hasWarned = true;
            warn({
              code: 'TOKEN_FILE_UNREADABLE',
              about: path,
              message: `No token could be read from the token file ${path} (${problem}). The last token that was read is used. Check the file.`,
            });
          }
          return last;
        }
        if (error instanceof QuixError && error.code === 'QUIX_TOKEN_INVALID') throw error;
        throw new QuixError(
          'QUIX_TOKEN_SOURCE_FAILED',
          `No token could be read from the token file ${path} (${problem}).`,
          {
            retryable: true,
            cause: error instanceof QuixError ? undefined : sanitizeError(error),
            hint: 'Check the path, the permissions and the content of the file.',
          },
        );
      }
    },
  };
}
