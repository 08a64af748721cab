import type { HttpHandler } from 'msw';
import { DEFAULT_PORTAL_API } from '../portal/portal-url.ts';
import { answerRequest, type Endpoint } from './answer-request.ts';
import { PortalProblem } from './answers.ts';
import { http } from './msw.ts';
import { queryPermission } from './permission-endpoint.ts';
import type { PortalState } from './portal-state.ts';
import { createTopic, getTopic, listTopics } from './topic-endpoints.ts';
import {
  getCertificates,
  getLibrdkafka,
  getWorkspace,
  listWorkspaces,
} from './workspace-endpoints.ts';

/** Where the emulated Portal is thought to be. */
export interface PortalHandlersOptions {
  /** Base URL of the Portal, with or without a path. Default: `https://portal-api.cloud.quix.io`. */
  readonly baseUrl?: string;
}

type Method = 'all' | 'get' | 'post';

/** The Portal API, the whole of it that the emulator knows. The first that matches is used. */
const ENDPOINTS: readonly (readonly [Method, path: string, Endpoint])[] = [
  ['get', '/workspaces', listWorkspaces],
  ['get', '/workspaces/:workspaceId', getWorkspace],
  ['get', '/workspaces/:workspaceId/broker/librdkafka', getLibrdkafka],
  ['get', '/workspaces/:workspaceId/certificates', getCertificates],
  ['get', '/auth/permissions/query', queryPermission],
  ['get', '/:workspaceId/topics', listTopics],
  ['post', '/:workspaceId/topics', createTopic],
  ['get', '/:workspaceId/topics/:name', getTopic],
  ['all', '/*', notFound],
];

function notFound(): never {
  throw new PortalProblem(404, 'There is no such endpoint.');
}

/**
 * The Portal API as msw handlers, for tests that use msw already. They answer whatever is sent to
 * the base URL, and log it in `state.requests`.
 *
 * msw sees global `fetch` and `node:http`, and not the undici package that a `QuixStreamingClient`
 * uses: to test a service with such a client, use `startPortalEmulator`, which answers the same.
 *
 * @example
 * ```ts
 * import { setupServer } from 'msw/node';
 * import { createPortalState, portalHandlers } from 'quix-streams-auth/testing';
 *
 * const state = createPortalState();
 * const server = setupServer(...portalHandlers(state));
 * server.listen();
 * const response = await fetch('https://portal-api.cloud.quix.io/workspaces', {
 *   headers: { authorization: `Bearer ${state.token1}` },
 * });
 * console.log(await response.json());
 * server.close();
 * ```
 */
export function portalHandlers(
  state: PortalState,
  { baseUrl = DEFAULT_PORTAL_API }: PortalHandlersOptions = {},
): HttpHandler[] {
  const base = baseUrl.replace(/\/+$/, '');
  return ENDPOINTS.map(([method, path, endpoint]) =>
    http[method](base + path, ({ request, params }) =>
      answerRequest(state, request, params as Partial<Record<string, string>>, endpoint),
    ),
  );
}
