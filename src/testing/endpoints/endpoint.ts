import type { PortalState } from '../portal-state.ts';
import type { PortalWorkspace } from '../portal-workspace.ts';
import { EndpointError } from '../responses.ts';
import type { Caller, PortalPermission } from '../token-registry.ts';

/** Decoded parameters in the path of a request, by name. */
export type PathParams = Readonly<Partial<Record<string, string>>>;

/** A request to an endpoint. The caller has an active token. */
export interface EndpointCall {
  readonly state: PortalState;
  readonly caller: Caller;
  readonly request: Request;
  /** The request body, empty if the request has none. The body of `request` was read already. */
  readonly body: Uint8Array;
  readonly params: PathParams;
}

/** Returns the response to a request, or throws an {@link EndpointError}. */
export type Endpoint = (call: EndpointCall) => Response;

/**
 * Returns the workspace named in the path.
 *
 * @throws EndpointError 404 for an unknown workspace, 403 if the caller lacks the permission in it
 */
export function requireWorkspace(
  { state, caller, params }: EndpointCall,
  permission: PortalPermission = 'Read',
): PortalWorkspace {
  const { workspaceId = '' } = params;
  const workspace = state.workspaces.get(workspaceId);
  if (!workspace) throw new EndpointError(404, `Workspace '${workspaceId}' was not found.`);
  if (caller.hasPermission(permission, workspaceId)) return workspace;
  throw new EndpointError(
    403,
    `The token does not have the permission ${permission} in workspace '${workspaceId}'.`,
  );
}
