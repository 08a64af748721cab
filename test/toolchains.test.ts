import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readProjects } from './consumers/project.ts';
import { isQuoted, quotesOf } from './support/quoted-files.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(`${root}docs/toolchains.md`, 'utf8');
const pages = page + readFileSync(`${root}docs/nestjs.md`, 'utf8');

const quotes = quotesOf(pages);

describe('docs/toolchains.md and docs/nestjs.md', () => {
  it('show configuration files of the projects', () => {
    expect(quotes.length).toBeGreaterThan(0);
    for (const { path } of quotes) expect(existsSync(root + path), path).toBe(true);
  });

  it.each(quotes)('show consecutive lines of $path', (quote) => {
    expect(isQuoted(quote), quote.code).toBe(true);
  });

  it.each(readProjects())('mention the project $name', ({ name }) => {
    expect(page).toContain(`test/consumers/projects/${name}`);
  });
});
