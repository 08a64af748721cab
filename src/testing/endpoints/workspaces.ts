import { toLibrdkafkaSettings } from '../portal-broker.ts';
import { jsonResponse } from '../responses.ts';
import { requireWorkspace, type EndpointCall } from './endpoint.ts';

/** Answers `GET /workspaces`. A valid token that sees no workspace gets an empty list. */
export function listWorkspaces({ state, caller }: EndpointCall): Response {
  const visible = [...state.workspaces.values()].filter(({ workspaceId }) =>
    caller.may('Read', workspaceId),
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
