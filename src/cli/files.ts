import { randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { decodeCa } from '../credentials/index.ts';
import { errorCode } from '../sanitize-error.ts';
import { UsageError } from './errors.ts';

/** Returns a parser for an option that names a file. The value is the content of the file. */
export const fileContent =
  (cwd: string) =>
  (path: string, option: string): string => {
    try {
      return readFileSync(resolve(cwd, path), 'utf8');
    } catch (error) {
      const code = errorCode(error) ?? 'error';
      throw new UsageError(`The file of ${option} cannot be read (${code}).`);
    }
  };

/** Returns a parser for an option that names a PEM file. */
export const certificate =
  (cwd: string) =>
  (path: string, option: string): string => {
    const pem = fileContent(cwd)(path, option);
    if (pem.includes('-----BEGIN CERTIFICATE-----') && decodeCa(pem) !== undefined) return pem;
    throw new UsageError(`The file of ${option} does not contain a PEM certificate.`);
  };

/**
 * Writes a file that only its owner can read. The file gets its name after it is written, so that
 * nobody can open it with other permissions, or read a part of it.
 */
export function writePrivateFile(path: string, text: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    throw new UsageError(`${path} exists and is not a regular file.`);
  }
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UsageError(`${path} cannot be written (${errorCode(error) ?? 'error'}).`);
  }
}
