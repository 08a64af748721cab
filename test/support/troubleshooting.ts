import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');

/** The first cells of the tables of one section: what people paste into a search box. */
export function messagesOf(section: string): string[] {
  const start = page.indexOf(`\n## ${section}`);
  if (start < 0) throw new Error(`The page has no section ${section}.`);
  const end = page.indexOf('\n## ', start + 1);
  return [...page.slice(start, end).matchAll(/^\| (`[^|]+`) +\|/gm)].map(([, cell = '']) => cell);
}

/** What of a message is literally in the code that prints it. */
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

/** Source as its messages read: literals that were broken into lines are one again. */
export function readSource(folder: string, name: RegExp): string {
  return readTree(folder, name).replace(/['"`]\s*\+?\s*\n\s*['"`]/g, '');
}

/** Those whose wording the code does not have. */
export const unknown = (messages: readonly string[], source: string): string[] =>
  messages.filter((message) => fragments(message).some((part) => !source.includes(part)));
