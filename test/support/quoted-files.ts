import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A code block of a document. Its first line has the path of a file that contains the code. */
export interface Quote {
  readonly path: string;
  readonly code: string;
}

/** Returns the code blocks of a document that have a path after the language. */
export function quotesOf(page: string): Quote[] {
  return [...page.matchAll(/^( *)```\w+ (\S+)\n([^]*?)^ *```$/gm)].map(
    ([, indent = '', path = '', code = '']) => ({
      path,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** Returns whether the file contains the code as consecutive lines. */
export function isQuoted({ path, code }: Quote): boolean {
  return code.trim() !== '' && `\n${readFileSync(root + path, 'utf8')}`.includes(`\n${code}`);
}
