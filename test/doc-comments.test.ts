import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { compile } from './support/compile.ts';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** Variables that examples of one line use without declaring them. */
const CONTEXT = `
import { QuixError, QuixStreamingClient, type BrokerCredentials } from 'quix-streams-auth';
declare const quix: QuixStreamingClient;
declare const credentials: BrokerCredentials;
declare const next: BrokerCredentials;
declare const token2: string;
declare const portal: import('quix-streams-auth/testing').PortalEmulator;
`;

/** Returns the code of each @example in a file. */
function examplesOf(text: string): string[] {
  return [...text.matchAll(/\* @example\s*?\n([\s\S]*?)(?=\n\s*\*\s*@|\n\s*\*\/)/g)].flatMap(
    ([, block = '']) => {
      const lines = block.split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
      const [, tag, code] = /^```ts(.*)\n([\s\S]*?)^```/m.exec(lines.join('\n')) ?? [];
      if (code === undefined) return [`${CONTEXT}{\n${lines.join('\n')}\n}\nexport {};`];
      return tag?.includes('no-check') === true ? [] : [`${code}\nexport {};`];
    },
  );
}

it('every example in a doc comment compiles with the strict options of the source', () => {
  const programs = new Map<string, string>();
  for (const name of readdirSync(source, { recursive: true }).map(String)) {
    if (!name.endsWith('.ts')) continue;
    for (const [index, code] of examplesOf(readFileSync(join(source, name), 'utf8')).entries()) {
      programs.set(`example-${index}-of-${name.replaceAll('/', '-')}`, code);
    }
  }
  expect(programs.size).toBeGreaterThanOrEqual(25);
  expect(compile(programs)).toEqual([]);
}, 60_000);
