import { randomBytes } from 'node:crypto';
import { lstat, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { decodeCa } from '../credentials/ca.ts';
import { errorCode } from '../sanitize-error.ts';
import { UsageError } from './errors.ts';

/**
 * Reads a file that an option names.
 *
 * @throws UsageError if the file cannot be read
 */
export async function readOptionFile(option: string, path: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, path), 'utf8');
  } catch (error) {
    throw new UsageError(`The file of ${option} cannot be read (${errorCode(error) ?? 'error'}).`);
  }
}

/**
 * Reads a PEM file that an option names.
 *
 * @throws UsageError if the file cannot be read, or does not contain a certificate
 */
export async function readCertificate(option: string, path: string, cwd: string): Promise<string> {
  const pem = await readOptionFile(option, path, cwd);
  if (pem.includes('-----BEGIN CERTIFICATE-----') && decodeCa(pem) !== undefined) return pem;
  throw new UsageError(`The file of ${option} does not contain a PEM certificate.`);
}

/**
 * Writes a file that only its owner can read. A new file is renamed to the path, so that other
 * processes see the old content or the new content, and nobody else can open it in between.
 *
 * @throws UsageError if the file cannot be written, or the path is not a regular file
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const existing = await lstat(path).catch(() => undefined);
  if (existing && !existing.isFile()) {
    throw new UsageError(`${path} exists and is not a regular file.`);
  }
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new UsageError(`${path} cannot be written (${errorCode(error) ?? 'error'}).`);
  }
}
