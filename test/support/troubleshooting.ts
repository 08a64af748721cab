import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');

/** Returns the first cell of each table row of a section, with its backticks. */
export function messagesOf(section: string): string[] {
  const start = page.indexOf(`\n## ${section}`);
  if (start < 0) throw new Error(`The page has no section ${section}.`);
  const end = page.indexOf('\n## ', start + 1);
  return [...page.slice(start, end).matchAll(/^\| (`[^|]+`) +\|/gm)].map(([, cell = '']) => cell);
}

/** Returns the parts of a message that are literally in the code that prints it. */
const fragments = (message: string): string[] =>
  message
    .replaceAll('`', '')
    .split('…')
    .map((part) => part.trim().replace(/^[(:']+|[(:'.]+$/g, ''))
    .filter((part) => part.length > 3);

function readTree(folder: string, name: RegExp): string {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((each) => name.test(each))
    .map((each) => readFileSync(join(folder, each), 'utf8'))
    .join('\n');
}

/** Reads source files, and joins string literals that are split over lines. */
export function readSource(folder: string, name: RegExp): string {
  return readTree(folder, name).replace(/['"`]\s*\+?\s*\n\s*['"`]/g, '');
}

/** Returns the messages that the source does not contain. */
export const unknown = (messages: readonly string[], source: string): string[] =>
  messages.filter((message) => fragments(message).some((part) => !source.includes(part)));
