import { beforeEach, describe, expect, it } from 'vitest';
import { QuixError } from 'quix-streams-auth';
import type { WorkspaceResponse } from '../../src/portal/index.ts';
import {
  chooseWorkspace,
  formatWorkspaceIds,
  resolveWorkspaceReference,
  workspaceOfTopic,
  type WorkspaceReference,
} from '../../src/workspace/choose-workspace.ts';
import { Token } from '../../src/token/index.ts';
import { errorThrown } from '../support/errors.ts';
import { randomSecret } from '../support/leaks.ts';
import { logWarnings, type WarningLog } from '../support/warnings.ts';

let log: WarningLog;
beforeEach(() => {
  log = logWarnings();
});

const ids = (...workspaceIds: string[]): WorkspaceResponse[] =>
  workspaceIds.map((workspaceId) => ({ workspaceId }));
const choose = (workspaces: WorkspaceResponse[], topic?: string): string =>
  chooseWorkspace(workspaces, log.warn, topic);
const problem = (workspaces: WorkspaceResponse[]): QuixError =>
  errorThrown(() => choose(workspaces));

describe('chooseWorkspace', () => {
  it.each<[string | null | undefined]>([[undefined], [null], ['Ready']])(
    'returns the only workspace without a warning when its status is %j',
    (status) => {
      expect(choose([{ workspaceId: 'org-dev', status }])).toBe('org-dev');
      expect(log.all).toEqual([]);
    },
  );

  it.each(['Creating', 'Error', 'Enabling', 'Disabling', 'Disabled', 'SomethingNew'])(
    'returns the only workspace with a warning when its status is %s',
    (status) => {
      expect(choose([{ workspaceId: 'org-dev', status }])).toBe('org-dev');
      expect(log.all).toMatchObject([{ code: 'WORKSPACE_NOT_READY', about: 'org-dev' }]);
      expect(log.all[0]?.message).toMatch(new RegExp(`org-dev .* ${status}\\.`));
    },
  );

  it('fails when the only workspace is being deleted', () => {
    const error = problem([{ workspaceId: 'org-dev', status: 'Deleting' }]);
    expect(error).toMatchObject({ code: 'QUIX_WORKSPACE_NOT_FOUND', retryable: false });
    expect(error.summary).toMatch(/org-dev .*deleted/);
  });

  it('fails when the token does not have access to any workspace', () => {
    const error = problem([]);
    expect(error).toMatchObject({ code: 'QUIX_WORKSPACE_NONE', retryable: false });
    expect(error.hint).toContain('streaming token');
  });

  it('fails when there are several workspaces, and lists them', () => {
    const error = problem([
      ...ids('org-dev', 'org-prod'),
      { workspaceId: 'x', status: 'Deleting' },
    ]);
    expect(error).toMatchObject({ code: 'QUIX_WORKSPACE_AMBIGUOUS', retryable: false });
    expect(error.summary).toMatch(/\b3 .*: org-dev, org-prod, x\.$/);
    expect(error.hint).toMatch(/workspaceId.*Quix__Workspace__Id/);
    expect(problem(ids('a', 'b')).summary).toMatch(/\b2 .*: a, b\.$/);
    expect(log.all).toEqual([]);
  });

  it('returns the workspace of a topic id even if there are others', () => {
    const workspaces = ids('org-prod', 'org-dev');
    expect(choose(workspaces, 'org-dev-orders')).toBe('org-dev');
    expect(() => choose(workspaces, 'orders')).toThrow();
  });
});

describe('workspaceOfTopic', () => {
  it('returns the workspace with the shortest id that begins the topic id', () => {
    const workspaces = ids('org-dev-eu', 'org-dev', 'org');
    expect(workspaceOfTopic(workspaces, 'org-dev-eu-orders')?.workspaceId).toBe('org');
    expect(workspaceOfTopic(ids('org-dev-eu', 'org-dev'), 'org-dev-eu-x')?.workspaceId).toBe(
      'org-dev',
    );
    expect(workspaceOfTopic(ids('org-dev'), 'org-devices')).toBeUndefined();
    expect(workspaceOfTopic([], 'orders')).toBeUndefined();
  });
});

describe('resolveWorkspaceReference', () => {
  const error = new QuixError('QUIX_WORKSPACE_NOT_FOUND', 'Unknown (404).', {
    status: 404,
    hint: 'Check the id.',
  });
  const resolve = (
    idOrName: string,
    workspaces: WorkspaceResponse[],
    source: WorkspaceReference['source'] = 'option',
  ): string => {
    const token = new Token(randomSecret(), 'MY_TOKEN');
    return resolveWorkspaceReference({ idOrName, source }, { token, workspaces }, error, log.warn);
  };
  const problemOf = (...args: Parameters<typeof resolve>): QuixError =>
    errorThrown(() => resolve(...args));

  it('returns the workspace with this name in any case', () => {
    const workspaces = [...ids('org-a'), { workspaceId: 'org-b', name: 'Live' }];
    expect(resolve('lIVE', workspaces)).toBe('org-b');
    expect(log.all).toEqual([]);
  });

  it('checks the status of the workspace with this name', () => {
    resolve('Live', [{ workspaceId: 'org-b', name: 'Live', status: 'Error' }]);
    expect(log.codes).toEqual(['WORKSPACE_NOT_READY']);
    const deleting = [{ workspaceId: 'org-b', name: 'Live', status: 'Deleting' }];
    expect(problemOf('Live', deleting).summary).toMatch(/org-b .*deleted/);
  });

  it('fails when several workspaces have this name, and lists only them', () => {
    const workspaces = [
      { workspaceId: 'org-a', name: 'Live' },
      { workspaceId: 'org-b', name: 'Live' },
      { workspaceId: 'org-c', name: 'Test' },
    ];
    for (const name of ['Live', 'live']) {
      const error = problemOf(name, workspaces);
      expect(error).toMatchObject({ code: 'QUIX_WORKSPACE_AMBIGUOUS', status: 404 });
      expect(error.summary).toMatch(new RegExp(`^2 workspaces .* ${name}: org-a, org-b\\.$`));
      expect(error.hint).toContain('the id of one of them');
    }
  });

  it('prefers the workspace with exactly this name to names that differ in case', () => {
    const workspaces = [
      { workspaceId: 'org-a', name: 'LIVE' },
      { workspaceId: 'org-b', name: 'Live' },
    ];
    expect(resolve('Live', workspaces)).toBe('org-b');
    expect(problemOf('live', workspaces).code).toBe('QUIX_WORKSPACE_AMBIGUOUS');
  });

  it('adds the workspaces of the token and the closest id or name to the error of the Portal', () => {
    const workspaces = [{ workspaceId: 'org-a', name: 'Live' }, { workspaceId: 'org-dev' }];
    expect(problemOf('org-dve', workspaces).summary).toMatch(
      /^Unknown \(404\)\. .* org-a, org-dev\. .* org-dev\?$/,
    );
    expect(problemOf('Lives', workspaces).summary).toMatch(/ org-a, org-dev\. .* Live\?$/);
    expect(problemOf('warehouse', workspaces).summary).toMatch(/ org-a, org-dev\.$/);
  });

  it('adds that the token does not have access to any workspace', () => {
    expect(problemOf('org-dev', []).summary).toMatch(/^Unknown \(404\)\. .* any workspace\.$/);
  });

  it.each<[WorkspaceReference['source'], string]>([
    ['option', 'the option workspaceId'],
    ['variable', 'Quix__Workspace__Id'],
  ])(
    'names the setting and the source of the token if the %s contains another id',
    (source, name) => {
      const { code, summary, hint } = problemOf('org-b', ids('org-x'), source);
      expect(code).toBe('QUIX_WORKSPACE_NOT_FOUND');
      expect(summary).toContain(` set with ${name}. The token has access to org-x.`);
      expect(hint).toMatch(/org-b, .* variable MY_TOKEN /);
      expect(hint).toMatch(new RegExp(`correct ${name}\\.$`));
    },
  );

  it('does not suggest the id that was passed if the token only lacks a permission in it', () => {
    expect(problemOf('org-b', ids('org-b', 'org-c'))).toBe(error);
  });

  it.each<[string, WorkspaceReference['source'], string[]]>([
    ['the option contains another id', 'option', ['org-a']],
    ['the variable contains another id', 'variable', ['org-a']],
    ['the token has access to several', 'variable', ['org-a', 'org-c']],
    ['the token does not have access to any', 'variable', []],
    ['the token has access only to this workspace', 'variable', ['org-b']],
  ])('never replaces the configured workspace if %s', (_, source, visible) => {
    expect(problemOf('org-b', ids(...visible), source).code).toBe('QUIX_WORKSPACE_NOT_FOUND');
    expect(log.all).toEqual([]);
  });
});

describe('formatWorkspaceIds', () => {
  it('lists up to 20 ids and the number of the others', () => {
    const many = ids(...Array.from({ length: 23 }, (_, index) => `w${index}`));
    expect(formatWorkspaceIds(many.slice(0, 20))).toMatch(/^w0, .*, w19$/);
    expect(formatWorkspaceIds(many)).toMatch(/, w19 and 3 more$/);
    expect(formatWorkspaceIds([])).toBe('');
  });
});
