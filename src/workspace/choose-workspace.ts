import { QuixError } from '../errors.ts';
import type { WorkspaceAnswer } from '../portal/index.ts';
import type { Warn } from '../warnings.ts';

/** The variable that the platform sets in each deployment. */
export const WORKSPACE_VARIABLE = 'Quix__Workspace__Id';

/** A message needs no more of them than this. */
const MAX_LISTED = 20;

/** Ids for a message. */
export function listWorkspaceIds(workspaces: readonly WorkspaceAnswer[]): string {
  const ids = workspaces.map(({ workspaceId }) => workspaceId);
  const shown = ids.slice(0, MAX_LISTED).join(', ');
  return ids.length > MAX_LISTED ? `${shown} and ${ids.length - MAX_LISTED} more` : shown;
}

/** The workspace whose id a topic's id begins with; the shortest one, as the former C# client had it. */
export function workspaceOfTopic(
  workspaces: readonly WorkspaceAnswer[],
  topic: string,
): WorkspaceAnswer | undefined {
  return workspaces
    .filter(({ workspaceId }) => topic.startsWith(`${workspaceId}-`))
    .sort((a, b) => a.workspaceId.length - b.workspaceId.length)[0];
}

/**
 * The workspace to use where none was given: that of the topic at hand if its id tells, else the only
 * one that the token sees.
 *
 * @throws QuixError `QUIX_WORKSPACE_NONE`, `QUIX_WORKSPACE_AMBIGUOUS`, `QUIX_WORKSPACE_NOT_FOUND`
 * when it is being deleted
 */
export function chooseWorkspace(
  workspaces: readonly WorkspaceAnswer[],
  warn: Warn,
  topic?: string,
): string {
  const ofTopic = topic === undefined ? undefined : workspaceOfTopic(workspaces, topic);
  const [first, ...others] = workspaces;
  const workspace = ofTopic ?? first;
  if (!workspace) {
    throw new QuixError('QUIX_WORKSPACE_NONE', 'The token is valid but sees no workspace.', {
      hint: 'Use the streaming token of the environment; a Personal Access Token needs a role in it.',
    });
  }
  if (!ofTopic && others.length > 0) {
    throw new QuixError(
      'QUIX_WORKSPACE_AMBIGUOUS',
      `The token sees ${workspaces.length} workspaces: ${listWorkspaceIds(workspaces)}.`,
      {
        hint: `Choose one with the workspaceId option or ${WORKSPACE_VARIABLE}, or use the streaming token of one environment.`,
      },
    );
  }
  return assertUsable(workspace, warn);
}

/** The id, unless the workspace is being deleted; a warning for other states than Ready. */
export function assertUsable({ workspaceId, status }: WorkspaceAnswer, warn: Warn): string {
  if (status === 'Deleting') {
    throw new QuixError(
      'QUIX_WORKSPACE_NOT_FOUND',
      `The workspace ${workspaceId} is being deleted.`,
      { hint: 'Use the token of another environment.' },
    );
  }
  if (status !== undefined && status !== null && status !== 'Ready') {
    // The text is the server's: only a word of letters is repeated.
    const state = /^[A-Za-z]{1,30}$/.test(status) ? status : 'not Ready';
    warn({
      code: 'WORKSPACE_NOT_READY',
      about: workspaceId,
      message: `The workspace ${workspaceId} has the status ${state}. It is used all the same; connections may fail until it is Ready.`,
    });
  }
  return workspaceId;
}
