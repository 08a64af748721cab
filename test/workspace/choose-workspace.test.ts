import { beforeEach, describe, expect, it } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import type { WorkspaceAnswer } from '../../src/portal/index.ts';
import { chooseWorkspace, listWorkspaceIds } from '../../src/workspace/choose-workspace.ts';
import { logWarnings, type WarningLog } from '../support/warnings.ts';

let log: WarningLog;
beforeEach(() => {
  log = logWarnings();
});

const ids = (...workspaceIds: string[]): WorkspaceAnswer[] =>
  workspaceIds.map((workspaceId) => ({ workspaceId }));
const choose = (workspaces: WorkspaceAnswer[]): string => chooseWorkspace(workspaces, log.warn);

function problem(workspaces: WorkspaceAnswer[]): QuixError {
  try {
    choose(workspaces);
  } catch (error) {
    if (error instanceof QuixError) return error;
    throw error;
  }
  throw new Error('One was chosen.');
}

describe('chooseWorkspace', () => {
  it.each<[string | null | undefined]>([[undefined], [null], ['Ready']])(
    'takes the only one in silence when its status is %j',
    (status) => {
      expect(choose([{ workspaceId: 'org-dev', status }])).toBe('org-dev');
      expect(log.all).toEqual([]);
    },
  );

  it.each(['Creating', 'Error', 'Enabling', 'Disabling', 'Disabled', 'SomethingNew'])(
    'takes the only one with a warning when its status is %s',
    (status) => {
      expect(choose([{ workspaceId: 'org-dev', status }])).toBe('org-dev');
      expect(log.codes).toEqual(['WORKSPACE_NOT_READY']);
      expect(log.all[0]?.message).toContain(`The workspace org-dev has the status ${status}.`);
    },
  );

  it.each(['a b', '', 'x\ny', 'x'.repeat(31), 'Ready!'])(
    'does not repeat a status that is no word: %j',
    (status) => {
      choose([{ workspaceId: 'w', status }]);
      expect(log.all[0]?.message).toContain('has the status not Ready.');
    },
  );

  it('refuses the only one when it is being deleted', () => {
    const error = problem([{ workspaceId: 'org-dev', status: 'Deleting' }]);
    expect(error).toMatchObject({ code: 'QUIX_WORKSPACE_NOT_FOUND', retryable: false });
    expect(error.message).toContain('The workspace org-dev is being deleted.');
  });

  it('says that a valid token sees none', () => {
    const error = problem([]);
    expect(error).toMatchObject({ code: 'QUIX_WORKSPACE_NONE', retryable: false });
    expect(error.message).toMatch(/valid but sees no workspace.*streaming token/);
  });

  it('does not guess between several, and lists them', () => {
    const error = problem([
      ...ids('org-dev', 'org-prod'),
      { workspaceId: 'x', status: 'Deleting' },
    ]);
    expect(error).toMatchObject({ code: 'QUIX_WORKSPACE_AMBIGUOUS', retryable: false });
    expect(error.message).toContain('The token sees 3 workspaces: org-dev, org-prod, x.');
    expect(error.hint).toMatch(/workspaceId option or Quix__Workspace__Id/);
    expect(problem(ids('a', 'b')).message).toContain('The token sees 2 workspaces: a, b.');
    expect(log.all).toEqual([]);
  });
});

describe('listWorkspaceIds', () => {
  it('lists up to twenty ids, and counts the rest', () => {
    const many = ids(...Array.from({ length: 23 }, (_, index) => `w${index}`));
    expect(listWorkspaceIds(many.slice(0, 20))).toMatch(/^w0, .*, w19$/);
    expect(listWorkspaceIds(many)).toMatch(/, w19 and 3 more$/);
    expect(listWorkspaceIds([])).toBe('');
  });
});
