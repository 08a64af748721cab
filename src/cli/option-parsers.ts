import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { decodeCa, parseBrokerList } from '../credentials/index.ts';
import { errorCode } from '../sanitize-error.ts';
import { containsToken, fileVariable } from '../token/index.ts';
import type { Io } from './output.ts';

/** Returns a parser for numbers from `least` to `most`. */
export function numberBetween(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It is not a number from ${least} to ${most}.`);
  };
}

export function brokerList(value: string): string[] {
  const brokers = parseBrokerList(value);
  if (brokers) return brokers;
  throw new InvalidArgumentError('It is not a list of host:port.');
}

function readFile(cwd: string, path: string): string {
  try {
    return readFileSync(resolve(cwd, path), 'utf8');
  } catch (error) {
    const problem = `cannot be read (${errorCode(error) ?? 'error'})`;
    throw new InvalidArgumentError(`The file ${path} ${problem}.`);
  }
}

/**
 * Returns a parser for the path of a file. The value is the content of the file without a line break
 * at its end, which editors and `echo` add.
 */
export const fileContent = (cwd: string) => (path: string) =>
  readFile(cwd, path).replace(/\r?\n$/, '');

/**
 * Returns a parser for the name of a variable `X`. The value is the content of the variable, or of
 * the file whose path is in `X_FILE`.
 */
export const variableContent =
  ({ env, cwd }: Pick<Io, 'env' | 'cwd'>) =>
  (name: string) => {
    const value = env[name];
    const path = env[fileVariable(name)]?.trim();
    if (containsToken(path)) {
      throw new InvalidArgumentError(`${fileVariable(name)} contains a token instead of a path.`);
    }
    if (value?.trim() && path) {
      throw new InvalidArgumentError(`${name} and ${fileVariable(name)} are both set.`);
    }
    const content = path ? fileContent(cwd)(path) : value;
    if (content?.trim()) return content;
    throw new InvalidArgumentError(
      path ? `The file ${path} is empty.` : 'The variable is not set.',
    );
  };

/** Parser for an option that can be repeated. */
export const append = (value: string, values: string[] = []): string[] => [...values, value];

/** A file with certificates in PEM format. */
export interface PemFile {
  readonly path: string;
  readonly pem: string;
}

/** Returns a parser for the path of a PEM file. The value is the unchanged content of the file. */
export const certificate =
  (cwd: string) =>
  (path: string): PemFile => {
    const pem = readFile(cwd, path);
    if (pem.includes('-----BEGIN') && decodeCa(pem) !== undefined) return { path, pem };
    throw new InvalidArgumentError(`The file ${path} does not contain a PEM certificate.`);
  };

/** Parses the name of a variable. */
export function variableName(value: string): string {
  if (value.endsWith('_FILE')) {
    throw new InvalidArgumentError('Omit _FILE. The file in X_FILE is read for each variable X.');
  }
  if (/^[^\s=]+$/.test(value)) return value;
  throw new InvalidArgumentError('It is not the name of a variable.');
}
