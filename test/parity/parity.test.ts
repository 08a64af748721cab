import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { DIFFERENCES } from './differences.ts';
import { runGeneratedCases } from './generated-run.ts';
import { OfficialClient } from './processes.ts';
import {
  formatResults,
  PAGE,
  readResults,
  renderPage,
  RESULTS,
  type ParityResults,
} from './page.ts';
import { runTable } from './table-run.ts';
import { SECTIONS } from './table/index.ts';
import type { TableCase } from './table/table-case.ts';

const DEFAULT_SEED = 20_261_124;
const SEED = Number(process.env['SEED'] ?? DEFAULT_SEED);

let table: Awaited<ReturnType<typeof runTable>>;
let generated: Awaited<ReturnType<typeof runGeneratedCases>>;
let results: ParityResults;

const resultOf = (each: TableCase) => {
  const result = table.results.get(each);
  if (!result) throw new Error(`The case "${each.title}" did not run.`);
  return result;
};

beforeAll(async () => {
  // The table uses the built command `quix-auth emulate`.
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  execFileSync('npm', ['run', '--silent', 'build'], { cwd, stdio: 'inherit' });
  const [one, other] = [new OfficialClient(), new OfficialClient()];
  const cases = SECTIONS.flatMap((section) => section.cases);
  try {
    [table, generated] = await Promise.all([runTable(one, cases), runGeneratedCases(other, SEED)]);
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
  results = {
    sections: SECTIONS.map((section) => ({
      title: section.title,
      rows: section.cases.map((each) => resultOf(each).row),
    })),
    // The page shows the results of the default seed.
    generated: SEED === DEFAULT_SEED ? generated.summary : readResults().generated,
  };
});

describe.each(SECTIONS)('cases of $title', ({ cases }) => {
  it.each(cases.map((each) => [each.title, each] as const))(
    '%s: the page gives a reason if the results differ, and only then',
    (_, each) => {
      const { row, isSame, differing } = resultOf(each);
      const names = differing.length === 0 ? '' : ` Different: ${differing.join(', ')}.`;
      expect(
        isSame,
        `Official client: ${row.official}. This package: ${row.thisPackage}.${names}`,
      ).toBe(row.reason === undefined);
    },
  );
});

it('both processes of quix-auth emulate answer requests and end with exit code 0', () => {
  for (const { code, requests } of table.commands) {
    expect(code).toBe(0);
    expect(requests).toBeGreaterThan(50);
  }
  expect(table.commands).toHaveLength(2);
});

describe('generated cases', () => {
  it(`differ only in documented ways, with seed ${SEED}`, () => {
    expect(
      generated.unexplained.slice(0, 5).map(({ case: each, ...result }) => ({
        ...result,
        case: JSON.stringify(each),
      })),
    ).toEqual([]);
    // Otherwise most cases would only compare errors.
    expect(generated.summary.equal).toBeGreaterThan(generated.summary.cases);
  });

  it.each(DIFFERENCES.map(({ name }) => name))('contain the difference: %s', (name) => {
    const difference = results.generated.differences.find((each) => each.name === name);
    expect(difference?.results).toBeGreaterThan(0);
  });
});

it('docs/parity.json has these results', async () => {
  await expect(await formatResults(results)).toMatchFileSnapshot(RESULTS);
});

it('docs/parity.md shows these results', async () => {
  await expect(await renderPage(results)).toMatchFileSnapshot(PAGE);
});
