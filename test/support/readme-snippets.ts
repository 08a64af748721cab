import { readFileSync } from 'node:fs';

/** What a README snippet needs to run: a Portal emulator alone, or also a real Kafka. */
export type Need = 'portal' | 'kafka';

/** A fenced block of the README. Its first line contains the language, its needs and its name. */
export interface Snippet {
  readonly language: string;
  /** Empty for shell commands. */
  readonly need: string;
  readonly name: string;
  readonly code: string;
}

/** Returns all fenced blocks in order. A block without a name has an empty name. */
export function readmeSnippets(): Snippet[] {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  return [...readme.matchAll(/^```([^\n]+)\n([\s\S]*?)^```$/gm)].map(([, info = '', code = '']) => {
    const [language = '', ...words] = info.split(' ');
    const name = words.pop() ?? '';
    return { language, need: words.join(' '), name, code };
  });
}

/** Returns the names of the snippets with this need. */
export const namesOf = (need: Need): string[] =>
  readmeSnippets().flatMap((snippet) => (snippet.need === need ? [snippet.name] : []));

/** Returns the code of a snippet. Throws if the README has no such snippet. */
export function codeOf(name: string): string {
  const snippet = readmeSnippets().find((each) => each.name === name);
  if (!snippet) throw new Error(`The README has no snippet named ${name}.`);
  return snippet.code;
}
