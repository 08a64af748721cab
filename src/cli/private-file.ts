import { randomBytes } from 'node:crypto';
import { accessSync, constants, lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../sanitize-error.ts';
import { UsageError } from './errors.ts';

const cannotWrite = (path: string, error: unknown): UsageError =>
  new UsageError(`${path} cannot be written (${errorCode(error) ?? 'error'}).`);

/**
 * Throws a {@link UsageError} if a path exists and is not a regular file, or if its folder does not
 * exist or is not writable.
 */
export function assertReplaceable(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    throw new UsageError(`${path} exists and is not a regular file.`);
  }
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw cannotWrite(path, error);
  }
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
    throw cannotWrite(path, error);
  }
}
