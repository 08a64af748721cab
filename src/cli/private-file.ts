import { randomBytes } from 'node:crypto';
import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { errorCode } from '../sanitize-error.ts';
import { UsageError } from './errors.ts';

/** Throws a {@link UsageError} if a path exists and is not a regular file. */
export function assertReplaceable(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== false) return;
  throw new UsageError(`${path} exists and is not a regular file.`);
}

/**
 * Writes a file that only its owner can read. Writes a temporary file first, so that a file that
 * already exists with other permissions never contains the text.
 */
export function writePrivateFile(path: string, text: string): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UsageError(`${path} cannot be written (${errorCode(error) ?? 'error'}).`);
  }
}
