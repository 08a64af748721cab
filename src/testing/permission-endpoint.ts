import type { Call } from './answer-request.ts';
import { jsonAnswer } from './answers.ts';
import type { PortalPermission } from './token-registry.ts';

const PERMISSIONS: readonly string[] = [
  'Create',
  'Read',
  'Update',
  'Delete',
  'Write',
  'All',
] satisfies PortalPermission[];

const isPermission = (text: string): text is PortalPermission => PERMISSIONS.includes(text);

/**
 * `GET /auth/permissions/query`: a bare `true` or `false`. A denial is 200 with `false`, and so is
 * whatever the emulator does not know: it has workspaces and topics, no users and no billing.
 */
export function queryPermission({ state, caller, request }: Call): Response {
  const { searchParams } = new URL(request.url);
  const permission = searchParams.get('permission') ?? '';
  const resourceId = searchParams.get('resourceId');
  const workspace = [...state.workspaces.values()].find(({ workspaceId, topics }) => {
    switch (searchParams.get('resourceType')) {
      case 'Workspace':
        return workspaceId === resourceId;
      case 'Topic':
        return [...topics.values()].some(({ id }) => id === resourceId);
      default:
        return false;
    }
  });
  return jsonAnswer(
    workspace !== undefined &&
      isPermission(permission) &&
      caller.may(permission, workspace.workspaceId),
  );
}
