export {
  createTopic,
  getBrokerSettings,
  getTopic,
  getTopics,
  getWorkspace,
  getWorkspaces,
  queryPermission,
} from './endpoints.ts';
export { proxyVariable, secureContextWithCa } from './dispatcher.ts';
export { DEFAULT_PORTAL_API, parsePortalUrl, PORTAL_VARIABLE } from './portal-url.ts';
export {
  PortalSession,
  type PortalCall,
  type PortalObserver,
  type PortalRequest,
} from './portal-session.ts';
export {
  KAFKA_TOPIC_NAME,
  type BrokerSettingsResponse,
  type TopicResponse,
  type WorkspaceResponse,
} from './schemas.ts';
