import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

it('docs/security.md names only tests that exist, and a test for each guarantee', () => {
  const page = readFileSync(`${root}docs/security.md`, 'utf8');
  const tests = [...page.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path);
  expect(tests.length).toBeGreaterThan(20);
  expect(tests.filter((path) => !existsSync(root + path))).toEqual([]);
  const tables = page.split(/^## /m).filter((section) => section.includes('| guarantee'));
  const rows = tables.flatMap((table) => table.match(/^\| .*\|$/gm)?.slice(2) ?? []);
  expect(rows.length).toBeGreaterThan(15);
  expect(rows.filter((row) => !/`(?:test\/|npm run test:)[^`]*` *\|$/.test(row))).toEqual([]);
});
