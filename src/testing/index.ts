/** @module quix-streams-auth/testing */
export type { PortalErrorShape } from './answers.ts';
export type { PortalBroker, PortalBrokerUpdate } from './portal-broker.ts';
export {
  PortalEmulator,
  startPortalEmulator,
  type PortalEmulatorOptions,
} from './portal-emulator.ts';
export type { PortalFault } from './portal-fault.ts';
export { portalHandlers, type PortalHandlersOptions } from './portal-handlers.ts';
export { createPortalState, PortalState, type PortalStateOptions } from './portal-state.ts';
export type { PortalTopic, PortalTopicConfiguration, PortalTopicOptions } from './portal-topic.ts';
export { PortalWorkspace, type PortalWorkspaceOptions } from './portal-workspace.ts';
export type { RecordedRequest } from './recorded-request.ts';
export type {
  PortalPermission,
  PortalTokenLabel,
  PortalTokenOptions,
  PortalTokenPair,
} from './token-registry.ts';
