import { readFileSync } from 'node:fs';

/** What a snippet of the README needs to run: a Portal emulator, or a real Kafka behind it as well. */
export type Need = 'portal' | 'kafka';

/** A fenced block of the README. Its first line has the language, what it needs, and its name. */
export interface Snippet {
  readonly language: string;
  /** Empty for commands of a shell. */
  readonly need: string;
  readonly name: string;
  readonly code: string;
}

/** Every fenced block, in order. One without a name has an empty one: who looks at all will notice. */
export function readmeSnippets(): Snippet[] {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  return [...readme.matchAll(/^```([^\n]+)\n([\s\S]*?)^```$/gm)].map(([, info = '', code = '']) => {
    const [language = '', ...words] = info.split(' ');
    const name = words.pop() ?? '';
    return { language, need: words.join(' '), name, code };
  });
}

/** Names of those that need this. */
export const namesOf = (need: Need): string[] =>
  readmeSnippets().flatMap((snippet) => (snippet.need === need ? [snippet.name] : []));

/** The code of one; fails when there is none. */
export function codeOf(name: string): string {
  const snippet = readmeSnippets().find((each) => each.name === name);
  if (!snippet) throw new Error(`The README has no snippet ${name}.`);
  return snippet.code;
}
