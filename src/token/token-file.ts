/** No token is longer; a path that leads to an endless device is not read to its end. */
const MAX_FILE_BYTES = 64 * 1024;

/** The text of a token file, as UTF-8. Fails as `node:fs` does. */
export async function readTokenFile(path: string, signal: AbortSignal): Promise<string> {
  // Loaded here: only who uses a file pays for it.
  const { open } = process.getBuiltinModule('node:fs/promises');
  signal.throwIfAborted();
  const file = await open(path, 'r');
  try {
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
