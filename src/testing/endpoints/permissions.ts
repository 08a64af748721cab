import { jsonResponse } from '../responses.ts';
import type { PortalPermission } from '../token-registry.ts';
import type { EndpointCall } from './endpoint.ts';

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
 * Answers `GET /auth/permissions/query` with the status 200 and `true` or `false`.
 *
 * The emulator has workspaces and topics only. The response for any other resource type is `false`.
 */
export function queryPermission({ state, caller, request }: EndpointCall): Response {
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
  return jsonResponse(
    workspace !== undefined &&
      isPermission(permission) &&
      caller.hasPermission(permission, workspace.workspaceId),
  );
}
