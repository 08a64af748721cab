/** No token is longer; a path that leads to an endless device is not read to its end. */
const MAX_FILE_BYTES = 64 * 1024;

/** The text of a token file, as UTF-8. Fails as `node:fs` does. */
export async function readTokenFile(path: string, signal: AbortSignal): Promise<string> {
  // Loaded here: only who uses a file pays for it.
  const { open } = process.getBuiltinModule('node:fs/promises');
  const { O_NONBLOCK, O_RDONLY } = process.getBuiltinModule('node:fs').constants;
  signal.throwIfAborted();
  // A pipe that nobody writes to would otherwise block one of Node's few threads for good.
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
