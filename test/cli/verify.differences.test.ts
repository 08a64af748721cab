import { describe, expect, it } from 'vitest';
import { BODY_DIFFERENCES } from '../support/body-differences.ts';
import { applyDifferences, type Change } from '../support/different-portal.ts';
import { HTTP_DIFFERENCES } from '../support/http-differences.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { changePortal, reportOf, verify, type Report } from './run-verify.ts';

closeAfterEach();

const MARKS: Readonly<Record<string, string>> = { differs: '✗', new: '+', remark: '·' };

/** Checks for which the emulator has nothing. */
const ALWAYS_SKIPPED = ['openapi', 'retry-after', 'tls'];

async function reportOfPortal(change: Change): Promise<Report> {
  const portal = await startPortal({ topics: ['f1-data'] });
  const { url } = await changePortal(portal, change);
  const env = { Quix__Portal__Api: url, Quix__Workspace__Id: portal.workspaceId };
  const result = await verify(portal, ['--json'], { env });
  const report = reportOf(result);
  expect(result.code).toBe(report.ok ? 0 : 1);
  return report;
}

/** Returns the findings of each check as lines, by the id of the check. */
const linesOf = ({ checks }: Report): Map<string, string[]> =>
  new Map(
    checks.map(({ id, findings }) => [
      id,
      findings.map(({ kind, text }) => `${MARKS[kind] ?? ''} ${text}`),
    ]),
  );

/** The report about a Portal without differences. */
let unchanged: Promise<Report> | undefined;

describe('quix-auth verify with a different Portal', () => {
  it.each([...BODY_DIFFERENCES, ...HTTP_DIFFERENCES])(
    'reports $title, and no other difference',
    async (difference) => {
      const before = linesOf(await (unchanged ??= reportOfPortal(() => undefined)));
      const report = await reportOfPortal(applyDifferences([difference]));
      const added = [...linesOf(report)].map(([id, lines]): [string, string[]] => {
        const known = before.get(id) ?? [];
        return [id, lines.filter((line) => !known.includes(line))];
      });
      const expected = Object.entries(difference.findings);
      expect(added.filter(([, lines]) => lines.length > 0)).toEqual(expected);
      for (const [id, lines] of expected) {
        const { outcome } = report.checks.find((check) => check.id === id) ?? {};
        const marks = lines.map((line) => line.charAt(0));
        expect(outcome).toBe(
          marks.includes('✗') ? 'differs' : marks.includes('+') ? 'new' : 'as assumed',
        );
      }
      const skipped = report.checks.filter(({ id, outcome }) => {
        return outcome === 'not checked' && !ALWAYS_SKIPPED.includes(id);
      });
      expect(skipped.map(({ id }) => id)).toEqual(difference.skipped ?? []);
      expect(report.ok).toBe(!expected.flat(2).some((line) => line.startsWith('✗')));
    },
  );
});
