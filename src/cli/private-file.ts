import { randomBytes } from 'node:crypto';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { errorCode } from '../sanitize-error.ts';
import { UsageError } from './usage-error.ts';

const OWNER_ALONE = 0o600;

/**
 * Writes a file that only its owner may read, from its first moment: under another name that did not
 * exist, and then renamed. Who reads the path finds the old content or the new, never a part.
 *
 * @throws UsageError when it cannot be written, or would replace something else than a file
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const existing = await lstat(path).catch(() => undefined);
  if (existing && !existing.isFile()) throw new UsageError(`${path} exists and is no plain file.`);
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(temporary, 'wx', OWNER_ALONE);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new UsageError(`${path} cannot be written (${errorCode(error) ?? 'error'}).`);
  }
}
