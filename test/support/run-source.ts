import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const root = new URL('../../', import.meta.url);

/** Returns the URL of a file, relative to the root of the repository, as a string literal for an import. */
export const sourceUrl = (path: string): string => JSON.stringify(new URL(path, root).href);

/** Runs a TypeScript module in a new Node process and returns the JSON that it prints. */
export async function runSource(
  code: string,
  env: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const flags = ['--no-warnings', '--import', 'tsx', '--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, flags, {
    cwd: root,
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout);
}
