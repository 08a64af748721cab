import { describe, expect, it } from 'vitest';
import { applyDifferences, DIFFERENCES } from '../support/different-portal.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { changePortal, findingsOf, reportOf, verify } from './run-verify.ts';

closeAfterEach();

describe('quix-auth verify with a different Portal', () => {
  it.each(DIFFERENCES)('reports $title', async (difference) => {
    const portal = await startPortal({ topics: ['f1-data'] });
    const { url } = await changePortal(portal, applyDifferences([difference]));
    const env = { Quix__Portal__Api: url, Quix__Workspace__Id: portal.workspaceId };
    const result = await verify(portal, [], { env });
    expect(findingsOf(result, difference.check)).toContain(difference.line);
    const differs = difference.line.startsWith('✗');
    expect(result.code).toBe(differs ? 1 : 0);
    const report = reportOf(await verify(portal, ['--json'], { env }));
    expect(report.ok).toBe(!differs);
    const { outcome } = report.checks.find(({ id }) => id === difference.check) ?? {};
    const outcomes = { '✗': 'differs', '+': 'new', '·': 'as assumed' };
    expect(outcome).toBe(outcomes[difference.line.charAt(0) as '✗' | '+' | '·']);
  });

  it('has more than 20 differences', () => {
    expect(DIFFERENCES.length).toBeGreaterThan(20);
  });
});
