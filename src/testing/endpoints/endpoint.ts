import type { PortalState } from '../portal-state.ts';
import type { PortalWorkspace } from '../portal-workspace.ts';
import { HttpError } from '../responses.ts';
import type { Caller, PortalPermission } from '../token-registry.ts';

/** Variable parts of a path by name, decoded. */
export type PathParams = Readonly<Partial<Record<string, string>>>;

/** A request to an endpoint. The caller has an active token. */
export interface EndpointCall {
  readonly state: PortalState;
  readonly caller: Caller;
  readonly request: Request;
  /** The request body, empty if there is none. `request` itself is already consumed. */
  readonly body: Uint8Array;
  readonly params: PathParams;
}

/** Answers a request, or throws an {@link HttpError}. */
export type Endpoint = (call: EndpointCall) => Response | Promise<Response>;

/**
 * Returns the workspace named in the path.
 *
 * @throws HttpError 404 for an unknown workspace, 403 if the caller lacks the permission in it
 */
export function requireWorkspace(
  { state, caller, params }: EndpointCall,
  permission: PortalPermission = 'Read',
): PortalWorkspace {
  const { workspaceId = '' } = params;
  const workspace = state.workspaces.get(workspaceId);
  if (!workspace) throw new HttpError(404, `Workspace '${workspaceId}' was not found.`);
  if (caller.may(permission, workspaceId)) return workspace;
  throw new HttpError(
    403,
    `The token does not have the permission ${permission} in workspace '${workspaceId}'.`,
  );
}
