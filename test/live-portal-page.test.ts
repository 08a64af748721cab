import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CHECKS } from '../src/cli/verify/checks.ts';
import { REQUEST_NAMES } from '../src/cli/verify/requests.ts';

const page = readFileSync(new URL('../docs/live-portal.md', import.meta.url), 'utf8');

/** Returns the rows of the table in a section, as lists of cells. */
function rowsOf(section: string): string[][] {
  const text = page.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

it('docs/live-portal.md has one row for each check, with its assumption and its source', () => {
  const rows = rowsOf('What is assumed');
  expect(rows.map(([id, , , source, confidence]) => [id, source, confidence])).toEqual(
    CHECKS.map(({ id, source, confidence }) => [`\`${id}\``, source, confidence]),
  );
  expect(rows.flat().filter((cell) => cell === '')).toEqual([]);
  const informational = CHECKS.filter(({ isInformational }) => isInformational);
  expect(
    rows.filter(([, , relevance]) => relevance?.startsWith('Nothing')).map(([id]) => id),
  ).toEqual(informational.map(({ id }) => `\`${id}\``));
});

it('docs/live-portal.md names only checks that exist in its open questions', () => {
  const names = rowsOf('Open questions').flatMap(([, , answer = '']) =>
    [...answer.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name),
  );
  const ids = [...CHECKS.map(({ id }) => id), 'verify'];
  expect(names.filter((name) => !ids.includes(name))).toEqual([]);
  expect(names.length).toBeGreaterThan(4);
});

it.each(['live-portal.md', 'command-line.md'])('docs/%s has the number of requests', (file) => {
  const text = readFileSync(new URL(`../docs/${file}`, import.meta.url), 'utf8');
  expect(text).toContain(`at most ${REQUEST_NAMES.length} GET requests`);
  expect(REQUEST_NAMES.length).toBeLessThanOrEqual(20);
});
