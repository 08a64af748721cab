import { QuixError } from '../errors.ts';
import type { WorkspaceResponse } from '../portal/index.ts';
import type { Warn } from '../warnings.ts';
import { closestName } from './closest-name.ts';

/** The variable that the platform sets in each deployment. */
export const WORKSPACE_VARIABLE = 'Quix__Workspace__Id';

/** Limit for the workspaces in a message. */
const MAX_LISTED = 20;

/** A workspace that the user named. */
export interface NamedWorkspace {
  /** An id or a name. */
  readonly text: string;
  readonly source: 'option' | 'variable';
}

/** Returns the ids of workspaces for a message. */
export function listWorkspaceIds(workspaces: readonly WorkspaceResponse[]): string {
  const ids = workspaces.map(({ workspaceId }) => workspaceId);
  const shown = ids.slice(0, MAX_LISTED).join(', ');
  return ids.length > MAX_LISTED ? `${shown} and ${ids.length - MAX_LISTED} more` : shown;
}

/**
 * Returns the workspace whose id is the prefix of a topic id. The shortest one wins, as in the
 * former C# client.
 */
export function workspaceOfTopic(
  workspaces: readonly WorkspaceResponse[],
  topic: string,
): WorkspaceResponse | undefined {
  return workspaces
    .filter(({ workspaceId }) => topic.startsWith(`${workspaceId}-`))
    .sort((a, b) => a.workspaceId.length - b.workspaceId.length)[0];
}

/**
 * Chooses a workspace when none was named: the one of the topic id if there is one, else the only
 * one that the token can see.
 *
 * @throws QuixError `QUIX_WORKSPACE_NONE`, `QUIX_WORKSPACE_AMBIGUOUS`, or
 * `QUIX_WORKSPACE_NOT_FOUND` for a workspace that is being deleted
 */
export function chooseWorkspace(
  workspaces: readonly WorkspaceResponse[],
  warn: Warn,
  topic?: string,
): string {
  const ofTopic = topic === undefined ? undefined : workspaceOfTopic(workspaces, topic);
  const [first, ...others] = workspaces;
  const workspace = ofTopic ?? first;
  if (!workspace) {
    throw new QuixError('QUIX_WORKSPACE_NONE', 'The token is valid but can see no workspace.', {
      hint: 'Use the streaming token of the environment. A Personal Access Token needs a role in the environment.',
    });
  }
  if (!ofTopic && others.length > 0) {
    throw new QuixError(
      'QUIX_WORKSPACE_AMBIGUOUS',
      `The token can see ${workspaces.length} workspaces: ${listWorkspaceIds(workspaces)}.`,
      {
        hint: `Choose one with the workspaceId option or ${WORKSPACE_VARIABLE}, or use the streaming token of one environment.`,
      },
    );
  }
  return assertUsable(workspace, warn);
}

/**
 * Chooses the workspace that the user named, after the Portal did not accept the text as an id: the
 * workspace with that name. If the platform's variable named it, also the only workspace that the
 * token can see, with a warning.
 *
 * @param error - Response of the Portal to the text as an id: 403 or 404.
 * @throws QuixError the error of the Portal, with the workspaces that the token can see and the
 * closest name
 */
export function chooseNamedWorkspace(
  named: NamedWorkspace,
  workspaces: readonly WorkspaceResponse[],
  error: QuixError,
  warn: Warn,
): string {
  const { text, source } = named;
  const withName = workspaces.filter(({ name }) => name?.toLowerCase() === text.toLowerCase());
  const [byName, ...namesakes] = withName;
  if (byName && namesakes.length === 0) return assertUsable(byName, warn);
  const [only, ...others] = workspaces;
  if (source === 'variable' && only && others.length === 0 && only.workspaceId !== text) {
    const id = assertUsable(only, warn);
    warn({
      code: 'WORKSPACE_VARIABLE_IGNORED',
      about: WORKSPACE_VARIABLE,
      message: `The token has no access to the workspace in ${WORKSPACE_VARIABLE}. The only workspace that it can see, ${id}, is used. Correct the variable, or set the option workspaceId.`,
    });
    return id;
  }
  const details =
    namesakes.length > 0
      ? `Several workspaces have this name: ${listWorkspaceIds(withName)}.`
      : describeVisible(text, workspaces);
  throw error.copy({ summary: `${error.summary} ${details}` });
}

/** Returns the id, unless the workspace is being deleted. Warns if its status is not Ready. */
function assertUsable({ workspaceId, status }: WorkspaceResponse, warn: Warn): string {
  if (status === 'Deleting') {
    throw new QuixError(
      'QUIX_WORKSPACE_NOT_FOUND',
      `The workspace ${workspaceId} is being deleted.`,
      { hint: 'Use the token of another environment.' },
    );
  }
  if (status !== undefined && status !== null && status !== 'Ready') {
    // The status is a text of the server. Only a single word is shown.
    const word = /^[A-Za-z]{1,30}$/.test(status) ? status : 'not Ready';
    warn({
      code: 'WORKSPACE_NOT_READY',
      about: workspaceId,
      message: `The workspace ${workspaceId} has the status ${word}. It is used anyway. Connections may fail until it is Ready.`,
    });
  }
  return workspaceId;
}

function describeVisible(text: string, workspaces: readonly WorkspaceResponse[]): string {
  if (workspaces.length === 0) return 'The token can see no workspace.';
  const names = workspaces.flatMap(({ workspaceId, name }) =>
    name ? [workspaceId, name] : [workspaceId],
  );
  const closest = closestName(text, names);
  const suggestion = closest === undefined ? '' : ` Did you mean ${closest}?`;
  return `The token can see ${listWorkspaceIds(workspaces)}.${suggestion}`;
}
