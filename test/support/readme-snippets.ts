import { readFileSync } from 'node:fs';

/** The servers that a README program needs: a Portal emulator, or also a real Kafka. */
export type Need = 'portal' | 'kafka';

/** A code block of the README. Its first line has the language, what the code needs, and a name. */
export interface Snippet {
  readonly language: string;
  /** Empty for shell commands. */
  readonly need: string;
  readonly name: string;
  readonly code: string;
}

/** Returns all code blocks of the README in order. A block without a name has an empty name. */
export function readmeSnippets(): Snippet[] {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  return [...readme.matchAll(/^```([^\n]+)\n([\s\S]*?)^```$/gm)].map(([, info = '', code = '']) => {
    const [language = '', ...words] = info.split(' ');
    const name = words.pop() ?? '';
    return { language, need: words.join(' '), name, code };
  });
}

/** Returns the names of the code blocks with this need. */
export const namesOf = (need: Need): string[] =>
  readmeSnippets().flatMap((snippet) => (snippet.need === need ? [snippet.name] : []));

/** Returns the code of one block. Throws if there is no such block. */
export function codeOf(name: string): string {
  const snippet = readmeSnippets().find((each) => each.name === name);
  if (!snippet) throw new Error(`The README has no snippet ${name}.`);
  return snippet.code;
}
