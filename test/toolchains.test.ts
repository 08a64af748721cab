import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readProjects } from './consumers/project.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(`${root}docs/toolchains.md`, 'utf8');
const pages = page + readFileSync(`${root}docs/nestjs.md`, 'utf8');

/** The fenced blocks whose info string contains a path after the language. */
const blocks = [...pages.matchAll(/^( *)```\w+ (\S+)\n([^]*?)^ *```$/gm)].map(
  ([, indent = '', path = '', code = '']) => ({
    path,
    code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }),
);

describe('docs/toolchains.md and docs/nestjs.md', () => {
  it('show configuration files of the projects', () => {
    expect(blocks.length).toBeGreaterThan(0);
    for (const { path } of blocks) expect(existsSync(root + path), path).toBe(true);
  });

  it.each(blocks)('show consecutive lines of $path', ({ path, code }) => {
    expect(code.trim()).not.toBe('');
    expect(`\n${readFileSync(root + path, 'utf8')}`).toContain(`\n${code}`);
  });

  it.each(readProjects())('mention the project $name', ({ name }) => {
    expect(page).toContain(`test/consumers/projects/${name}`);
  });
});
