import { toLibrdkafkaSettings } from '../portal-broker.ts';
import { jsonResponse } from '../responses.ts';
import { requireWorkspace, type EndpointCall } from './endpoint.ts';

/**
 * Answers `GET /workspaces`. The list contains the workspaces in which the token has the permission
 * `Read`, and may be empty.
 */
export function listWorkspaces({ state, caller }: EndpointCall): Response {
  const visible = [...state.workspaces.values()].filter(({ workspaceId }) =>
    caller.hasPermission('Read', workspaceId),
  );
  return jsonResponse(visible.map((workspace) => workspace.toResponseBody()));
}

/** Answers `GET /workspaces/{workspaceId}`. */
export function getWorkspace(call: EndpointCall): Response {
  return jsonResponse(requireWorkspace(call).toResponseBody());
}

/** Answers `GET /workspaces/{workspaceId}/broker/librdkafka`. */
export function getLibrdkafkaSettings(call: EndpointCall): Response {
  return jsonResponse(toLibrdkafkaSettings(requireWorkspace(call).broker));
}
