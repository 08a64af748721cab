import { type QuixError } from '../errors.ts';
import type { WorkspaceAnswer } from '../portal/index.ts';
import type { Warn } from '../warnings.ts';
import { assertUsable, listWorkspaceIds, WORKSPACE_VARIABLE } from './choose-workspace.ts';
import { nearMiss } from './near-miss.ts';

/** The workspace that was asked for, and by what. */
export interface GivenWorkspace {
  /** An id, or a name. */
  readonly text: string;
  readonly source: 'option' | 'variable';
}

/**
 * After the Portal refused (403) or did not know (404) the workspace that was given: the one of that
 * name. Where the variable of the platform named it, also the only one that the token sees, with a
 * warning; where the user's option did, nothing is guessed.
 *
 * @throws QuixError the Portal's own, completed with what the token sees and with a near miss
 */
export function reconsiderWorkspace(
  given: GivenWorkspace,
  workspaces: readonly WorkspaceAnswer[],
  error: QuixError,
  warn: Warn,
): string {
  const { text, source } = given;
  const named = workspaces.filter(({ name }) => name?.toLowerCase() === text.toLowerCase());
  const [byName, ...others] = named;
  if (byName && others.length === 0) return assertUsable(byName, warn);
  const [only, ...more] = workspaces;
  if (source === 'variable' && only && more.length === 0 && only.workspaceId !== text) {
    const id = assertUsable(only, warn);
    warn({
      code: 'WORKSPACE_VARIABLE_IGNORED',
      about: WORKSPACE_VARIABLE,
      message: `${WORKSPACE_VARIABLE} names a workspace that the token has no access to. The only one that it sees, ${id}, is used. Correct the variable, or set the option workspaceId.`,
    });
    return id;
  }
  throw error.copy({
    summary: `${error.summary} ${describeVisible(text, workspaces)}`,
  });
}

function describeVisible(given: string, workspaces: readonly WorkspaceAnswer[]): string {
  if (workspaces.length === 0) return 'The token sees no workspace.';
  const names = workspaces.flatMap(({ workspaceId, name }) => [
    workspaceId,
    ...(name ? [name] : []),
  ]);
  const near = nearMiss(given, names);
  const suggestion = near === undefined ? '' : ` Did you mean ${near}?`;
  return `The token sees ${listWorkspaceIds(workspaces)}.${suggestion}`;
}
