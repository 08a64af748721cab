import { getCertificates } from './endpoints/certificates.ts';
import type { Endpoint, PathParams } from './endpoints/endpoint.ts';
import { queryPermission } from './endpoints/permissions.ts';
import { getTokenDetails } from './endpoints/token-details.ts';
import { createTopic, getTopic, listTopics } from './endpoints/topics.ts';
import { getLibrdkafkaSettings, getWorkspace, listWorkspaces } from './endpoints/workspaces.ts';
import { EndpointError } from './responses.ts';

interface Route {
  readonly method: 'GET' | 'POST';
  readonly pattern: RegExp;
  readonly endpoint: Endpoint;
}

/** Creates a route. In its path, `:name` stands for one segment of any text. */
function route(method: Route['method'], path: string, endpoint: Endpoint): Route {
  const pattern = path.replace(/:(\w+)/g, '(?<$1>[^/]+)');
  return { method, pattern: new RegExp(`^${pattern}/?$`, 'i'), endpoint };
}

/** All endpoints of the emulator. The first route that matches a request is used. */
const ROUTES: readonly Route[] = [
  route('GET', '/workspaces', listWorkspaces),
  route('GET', '/workspaces/:workspaceId', getWorkspace),
  route('GET', '/workspaces/:workspaceId/broker/librdkafka', getLibrdkafkaSettings),
  route('GET', '/workspaces/:workspaceId/certificates', getCertificates),
  route('GET', '/auth/permissions/query', queryPermission),
  route('GET', '/auth/token/details', getTokenDetails),
  route('GET', '/:workspaceId/topics', listTopics),
  route('POST', '/:workspaceId/topics', createTopic),
  route('GET', '/:workspaceId/topics/:name', getTopic),
];

/**
 * Returns the endpoint of a request, and the decoded parameters in its path.
 *
 * @param path Path below the base URL, without a query.
 * @throws EndpointError 404 for an unknown endpoint, 400 for a path with invalid percent-encoding
 */
export function findEndpoint(
  method: string,
  path: string,
): { readonly endpoint: Endpoint; readonly params: PathParams } {
  for (const { method: expected, pattern, endpoint } of ROUTES) {
    const match = method === expected ? pattern.exec(path) : null;
    if (match) return { endpoint, params: decodeParams(match.groups ?? {}) };
  }
  throw new EndpointError(404, 'The Portal has no endpoint with this method and path.');
}

function decodeParams(encoded: Readonly<Record<string, string>>): PathParams {
  try {
    return Object.fromEntries(
      Object.entries(encoded).map(([name, text]) => [name, decodeURIComponent(text)]),
    );
  } catch {
    throw new EndpointError(400, 'The path has invalid percent-encoding.');
  }
}
