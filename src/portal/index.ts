export {
  createTopic,
  getBrokerSettings,
  getTopic,
  getTopics,
  getWorkspace,
  getWorkspaces,
  KAFKA_TOPIC_NAME,
  queryPermission,
  type BrokerSettingsResponse,
  type PortalRequest,
  type TopicResponse,
  type WorkspaceResponse,
} from './endpoints.ts';
export { fetchWithToken, readCurrentToken } from './authorized-fetch.ts';
export { proxyVariable, secureContextWithCa } from './dispatcher.ts';
export {
  DEFAULT_PORTAL_API,
  isLoopback,
  isPathSegment,
  parsePortalUrl,
  parseServiceOrigin,
  PORTAL_VARIABLE,
} from './portal-url.ts';
export { PortalSession } from './portal-session.ts';
export type { PortalCall, PortalObserver } from './portal-session.ts';
export { describeIssue } from './read-response.ts';
export { Transport, type HttpRequest } from './transport.ts';
export type { HttpResponse } from './dispatch.ts';
export { parseRetryAfter } from './http-error.ts';
