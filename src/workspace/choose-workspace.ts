import { closest, distance } from 'fastest-levenshtein';
import { QuixError } from '../errors.ts';
import type { WorkspaceResponse } from '../portal/index.ts';
import { sourceInWords, type Token } from '../token/index.ts';
import type { Warn } from '../warnings.ts';

/** Environment variable in which Quix passes the workspace id to each deployment. */
export const WORKSPACE_VARIABLE = 'Quix__Workspace__Id';

/** Maximum number of workspaces that a message lists. */
const MAX_LISTED = 20;

/** The workspaces that a token has access to. */
export interface WorkspacesOfToken {
  readonly token: Token;
  readonly workspaces: readonly WorkspaceResponse[];
}

/** The workspace that the user configured. */
export interface WorkspaceReference {
  readonly idOrName: string;
  /** The option `workspaceId` or the environment variable {@link WORKSPACE_VARIABLE}. */
  readonly source: 'option' | 'variable';
}

export function formatWorkspaceIds(workspaces: readonly WorkspaceResponse[]): string {
  const ids = workspaces.map(({ workspaceId }) => workspaceId);
  const listed = ids.slice(0, MAX_LISTED).join(', ');
  return ids.length > MAX_LISTED ? `${listed} and ${ids.length - MAX_LISTED} more` : listed;
}

/** Returns the workspace of a topic id. If several match, the shortest id, as in the C# client. */
export function workspaceOfTopic(
  workspaces: readonly WorkspaceResponse[],
  topicId: string,
): WorkspaceResponse | undefined {
  return workspaces
    .filter(({ workspaceId }) => topicId.startsWith(`${workspaceId}-`))
    .sort((a, b) => a.workspaceId.length - b.workspaceId.length)[0];
}

/** Returns the workspaces with this name. Upper case matters only if a name is equal. */
export function workspacesWithName(
  workspaces: readonly WorkspaceResponse[],
  wanted: string,
): WorkspaceResponse[] {
  const ignoringCase = workspaces.filter(
    ({ name }) => name?.toLowerCase() === wanted.toLowerCase(),
  );
  const exact = ignoringCase.filter(({ name }) => name === wanted);
  return exact.length > 0 ? exact : ignoringCase;
}

/** Chooses the workspace that the topic id identifies, or the only workspace of the token. */
export function chooseWorkspace(
  workspaces: readonly WorkspaceResponse[],
  warn: Warn,
  topic?: string,
): string {
  const ofTopic = topic === undefined ? undefined : workspaceOfTopic(workspaces, topic);
  const workspace = ofTopic ?? workspaces[0];
  if (!workspace) {
    throw new QuixError(
      'QUIX_WORKSPACE_NONE',
      'The token is valid but does not have access to any workspace.',
      {
        hint: 'Use the streaming token of the environment. A Personal Access Token needs a role in the environment.',
      },
    );
  }
  if (!ofTopic && workspaces.length > 1) {
    throw new QuixError(
      'QUIX_WORKSPACE_AMBIGUOUS',
      `The token has access to ${workspaces.length} workspaces: ${formatWorkspaceIds(workspaces)}.`,
      {
        hint: `Choose one with the workspaceId option or ${WORKSPACE_VARIABLE}, or use the streaming token of one environment.`,
      },
    );
  }
  return usableWorkspaceId(workspace, warn);
}

/**
 * Resolves a reference that the Portal did not accept as an id. Returns the id of the workspace with
 * this name, and never the id of another workspace. Throws `QUIX_WORKSPACE_AMBIGUOUS` for several
 * matches. Without a match, throws a copy of `error` with details.
 */
export function resolveWorkspaceReference(
  { idOrName, source }: WorkspaceReference,
  { token, workspaces }: WorkspacesOfToken,
  error: QuixError,
  warn: Warn,
): string {
  // The workspace exists, but the token lacks a permission in it.
  if (workspaces.some(({ workspaceId }) => workspaceId === idOrName)) throw error;
  const matches = workspacesWithName(workspaces, idOrName);
  const setting = source === 'option' ? 'the option workspaceId' : WORKSPACE_VARIABLE;
  if (matches.length > 1) {
    const { status, correlationId } = error;
    const summary = `${matches.length} workspaces have the name ${idOrName}: ${formatWorkspaceIds(matches)}.`;
    const hint = `Set ${setting} to the id of one of them.`;
    throw new QuixError('QUIX_WORKSPACE_AMBIGUOUS', summary, { status, correlationId, hint });
  }
  if (matches[0]) return usableWorkspaceId(matches[0], warn);
  const summary = `${error.summary} The workspace was set with ${setting}.`;
  if (workspaces.length === 0) {
    throw error.copy({ summary: `${summary} The token does not have access to any workspace.` });
  }
  const names = workspaces.flatMap(({ workspaceId, name }) =>
    name ? [workspaceId, name] : [workspaceId],
  );
  const similar = closestName(idOrName, names);
  const suggestion = similar === undefined ? '' : ` Did you mean ${similar}?`;
  throw error.copy({
    summary: `${summary} The token has access to ${formatWorkspaceIds(workspaces)}.${suggestion}`,
    hint: `To use the environment ${idOrName}, replace the token from ${sourceInWords(token.source)} with a token of that environment. To use another environment, correct ${setting}.`,
  });
}

/** Returns the id. Throws if the workspace is being deleted, and warns if it is not Ready. */
function usableWorkspaceId({ workspaceId, status }: WorkspaceResponse, warn: Warn): string {
  if (status === 'Deleting') {
    throw new QuixError(
      'QUIX_WORKSPACE_NOT_FOUND',
      `The workspace ${workspaceId} is being deleted.`,
      { hint: 'Use the token of another environment.' },
    );
  }
  if (status && status !== 'Ready') {
    warn({
      code: 'WORKSPACE_NOT_READY',
      about: workspaceId,
      message: `The workspace ${workspaceId} has the status ${status}. It is used anyway. Connections may fail until it is Ready.`,
    });
  }
  return workspaceId;
}

/** Returns the most similar name, if one is similar enough. Ignores case. */
export function closestName(mistyped: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const input = mistyped.toLowerCase();
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  const best = closest(input, [...byLowerCase.keys()]);
  // If more than a third of the characters differ, another name was probably meant.
  const isSimilar = distance(input, best) <= Math.max(1, Math.floor(mistyped.length / 3));
  return isSimilar ? byLowerCase.get(best) : undefined;
}
