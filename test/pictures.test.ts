import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { formatSpread } from '../bench/support/statistics.ts';
import type { BarsData } from '../scripts/pictures/bars.ts';
import { imagesFolder } from '../scripts/pictures/data.ts';
import { findOutdated, pictureNames } from '../scripts/pictures/draw-picture.ts';
import type { RotationData } from '../scripts/pictures/rotation.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

it('docs/images has each picture and its data, and they match', () => {
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
    change('first-credentials', /"median": \d+/, '"median": 1');
    change('how-it-works', /messages/, 'message');
    change('import', /"median": [\d.]+/, '"median": 1');
    change('rotation', /"atMs": \d+/, '"atMs": 1');
    expect(findOutdated(folder)).toEqual(pictureNames);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('every picture is in a document, with a text for readers who do not see it', () => {
  const documents = ['README.md', 'docs/architecture.md', 'docs/evidence/performance.md'];
  const pages = documents.map(read).join('\n');
  for (const name of pictureNames) {
    expect(pages).toMatch(new RegExp(`!\\[[^\\]]{60,}\\]\\([./\\w]*images/${name}\\.svg\\)`));
  }
  expect(read('docs/rotation.md')).toContain('](images/rotation.svg)');
});

const rotation = JSON.parse(read('docs/images/rotation.json')) as RotationData;

it('the events in rotation.svg are within the recorded time', () => {
  const { binMs, events, clients } = rotation;
  expect(events.map(({ name }) => name)).toEqual([
    'token rotation',
    'password change',
    'broker restart',
    'Portal outage',
  ]);
  expect(clients).toHaveLength(3);
  for (const { received } of clients) {
    for (const { atMs, untilMs = atMs } of events) {
      expect(untilMs).toBeLessThan(received.length * binMs);
      expect(untilMs).toBeGreaterThanOrEqual(atMs);
    }
  }
});

it('in rotation.svg, no message is lost, written twice or out of order', () => {
  for (const { name, lost, duplicates, outOfOrder } of rotation.clients) {
    expect({ lost, duplicates, outOfOrder }, name).toEqual({
      lost: 0,
      duplicates: 0,
      outOfOrder: 0,
    });
  }
});

it('docs/rotation.md says when rotation.svg was recorded, and for how long the Portal was unreachable', () => {
  const page = read('docs/rotation.md');
  const outage = rotation.events.find(({ name }) => name === 'Portal outage');
  const seconds = Math.round(((outage?.untilMs ?? 0) - (outage?.atMs ?? 0)) / 1_000);
  expect(page).toContain(rotation.measured);
  expect(page).toContain(`the Portal was unreachable for ${seconds} s`);
});

it('the bars show the table in docs/evidence/performance.md', () => {
  const page = read('docs/evidence/performance.md');
  const table = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  for (const name of ['import', 'first-credentials']) {
    const { measured, columns, rows } = JSON.parse(read(`docs/images/${name}.json`)) as BarsData;
    expect(page).toContain(measured);
    expect(table).toContainEqual(expect.arrayContaining([...columns]));
    for (const row of rows) {
      const cells = [row.name, ...row.spreads.map(formatSpread)];
      expect(table).toContainEqual(expect.arrayContaining(cells));
    }
  }
});
