import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const entries = readdirSync(`${root}src`, { withFileTypes: true });
const rooms = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);

/** The table of docs/architecture.md: what each room knows. */
function knownByRoom(): Map<string, string[]> {
  const table = readFileSync(`${root}docs/architecture.md`, 'utf8');
  const rows = [...table.matchAll(/^\| `(\w+)\/` +\|[^|]+\| ([^|]+?) +\|$/gm)];
  return new Map(
    rows.map(([, room = '', knows = '']) => [
      room,
      knows === 'all' ? rooms : [...knows.matchAll(/`(\w+)`/g)].map(([, each = '']) => each),
    ]),
  );
}

/** Imports of one room by another, as "file -> room". */
function importsOf(room: string): string[] {
  return readdirSync(`${root}src/${room}`)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      [...readFileSync(`${root}src/${room}/${name}`, 'utf8').matchAll(/'\.\.\/([\w-]+)\//g)].map(
        ([, other = '']) => `${room}/${name} -> ${other}`,
      ),
    );
}

it('each room of the code has a row in docs/architecture.md', () => {
  expect(rooms.length).toBeGreaterThanOrEqual(6);
  expect([...knownByRoom().keys()]).toEqual(expect.arrayContaining(rooms));
});

it('a room knows only the rooms that docs/architecture.md says', () => {
  const known = knownByRoom();
  const foreign = rooms.flatMap((room) =>
    importsOf(room).filter((each) => !known.get(room)?.some((other) => each.endsWith(` ${other}`))),
  );
  expect(foreign).toEqual([]);
});

it('only portal/ speaks HTTP', () => {
  const speaking = readdirSync(`${root}src`, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts') && !/^(?:portal|testing|cli)\//.test(name))
    .filter((name) =>
      /^import (?!type).*'(?:undici|node:https?)|import\('(?:undici|node:https?)/m.test(
        readFileSync(`${root}src/${name}`, 'utf8'),
      ),
    );
  expect(speaking).toEqual([]);
});
