import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { BarsData } from '../scripts/pictures/bars.ts';
import { imagesFolder } from '../scripts/pictures/data.ts';
import { findOutdated, pictureNames } from '../scripts/pictures/gallery.ts';
import type { RotationData } from '../scripts/pictures/rotation.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

it('docs/images contains only pictures that their data gives', () => {
  const files = pictureNames.flatMap((name) => [`${name}.json`, `${name}.svg`]);
  expect(readdirSync(imagesFolder).sort()).toEqual(files.sort());
  expect(findOutdated(imagesFolder)).toEqual([]);
});

it('a picture is out of date when its data changes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quix-pictures-'));
  try {
    cpSync(imagesFolder, folder, { recursive: true });
    const change = (name: string, from: RegExp, to: string): void => {
      const path = join(folder, `${name}.json`);
      const data = readFileSync(path, 'utf8');
      expect(data).toMatch(from);
      writeFileSync(path, data.replace(from, to));
    };
    change('doctor', /Settings/, 'Setting');
    change('first-credentials', /"\d+ \(/, '"1 (');
    change('how-it-works', /messages/, 'message');
    change('import', /"[\d.]+ \(/, '"1 (');
    change('rotation', /"atMs": \d+/, '"atMs": 1');
    expect(findOutdated(folder)).toEqual(pictureNames);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('every picture is in a document, with a text that says what it shows', () => {
  const documents = ['README.md', 'docs/architecture.md', 'docs/evidence/performance.md'];
  const pages = documents.map(read).join('\n');
  for (const name of pictureNames) {
    expect(pages).toMatch(new RegExp(`!\\[[^\\]]{60,}\\]\\([./\\w]*images/${name}\\.svg\\)`));
  }
  expect(read('docs/rotation.md')).toContain('](images/rotation.svg)');
});

it('the moments in rotation.svg are within the recorded time, and no client lost a message', () => {
  const { binMs, moments, clients } = JSON.parse(read('docs/images/rotation.json')) as RotationData;
  expect(moments.map(({ name }) => name)).toEqual([
    'token rotation',
    'password change',
    'broker restart',
    'Portal outage',
  ]);
  expect(clients).toHaveLength(3);
  for (const { name, lost, duplicates, outOfOrder, received } of clients) {
    expect({ lost, duplicates, outOfOrder }, name).toEqual({
      lost: 0,
      duplicates: 0,
      outOfOrder: 0,
    });
    for (const { atMs, untilMs = atMs } of moments) {
      expect(untilMs).toBeLessThan(received.length * binMs);
      expect(untilMs).toBeGreaterThanOrEqual(atMs);
    }
  }
});

it('the bars show the tables in docs/evidence/performance.md', () => {
  const page = read('docs/evidence/performance.md').replaceAll(/ +/g, ' ');
  for (const name of ['import', 'first-credentials']) {
    const { measured, head, rows } = JSON.parse(read(`docs/images/${name}.json`)) as BarsData;
    expect(page).toContain(measured);
    for (const cells of [head, ...rows]) {
      expect(page).toContain(`| ${cells.join(' | ')} |`.replaceAll(/ +/g, ' '));
    }
  }
});
