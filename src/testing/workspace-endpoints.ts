import type { Call } from './answer-request.ts';
import { jsonAnswer, PortalProblem } from './answers.ts';
import { toLibrdkafkaAnswer } from './portal-broker.ts';
import type { PortalWorkspace } from './portal-workspace.ts';
import type { PortalPermission } from './token-registry.ts';
import { zipOneFile } from './zip-one-file.ts';

/** The workspace of a call: 404 when there is none, 403 when it is not the caller's. */
export function requireWorkspace(
  { state, caller, params }: Call,
  permission: PortalPermission = 'Read',
): PortalWorkspace {
  const { workspaceId = '' } = params;
  const workspace = state.workspaces.get(workspaceId);
  if (!workspace) throw new PortalProblem(404, `Workspace '${workspaceId}' was not found.`);
  if (caller.may(permission, workspaceId)) return workspace;
  throw new PortalProblem(
    403,
    `The token does not have the permission ${permission} in workspace '${workspaceId}'.`,
  );
}

/** `GET /workspaces`: an empty list is a real answer to a valid token. */
export function listWorkspaces({ state, caller }: Call): Response {
  const visible = [...state.workspaces.values()].filter(({ workspaceId }) =>
    caller.may('Read', workspaceId),
  );
  return jsonAnswer(visible.map((workspace) => workspace.toAnswer()));
}

/** `GET /workspaces/{workspaceId}` */
export function getWorkspace(call: Call): Response {
  return jsonAnswer(requireWorkspace(call).toAnswer());
}

/** `GET /workspaces/{workspaceId}/broker/librdkafka` */
export function getLibrdkafka(call: Call): Response {
  return jsonAnswer(toLibrdkafkaAnswer(requireWorkspace(call).broker));
}

/** `GET /workspaces/{workspaceId}/certificates`: a zip with `ca.cert`, or 204. */
export function getCertificates(call: Call): Response {
  const { ca } = requireWorkspace(call).broker;
  if (!ca) return new Response(null, { status: 204 });
  return new Response(zipOneFile('ca.cert', ca), {
    headers: { 'content-type': 'application/zip' },
  });
}
