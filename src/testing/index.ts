/** @module quix-streams-auth/testing */
export type { PortalBroker, PortalBrokerUpdate } from './portal-broker.ts';
export {
  PortalEmulator,
  startPortalEmulator,
  type PortalEmulatorOptions,
} from './portal-emulator.ts';
export type { PortalFault } from './portal-fault.ts';
export { createPortalState, PortalState, type PortalStateOptions } from './portal-state.ts';
export type { PortalTopic, PortalTopicConfiguration, PortalTopicOptions } from './portal-topic.ts';
export { PortalWorkspace, type PortalWorkspaceOptions } from './portal-workspace.ts';
export type { RecordedRequest } from './recorded-request.ts';
export type { PortalErrorShape } from './responses.ts';
export type {
  PortalPermission,
  PortalTokenLabel,
  PortalTokenOptions,
  PortalTokenPair,
} from './token-registry.ts';
/**
 * For `quix-streams-auth/testing/msw`, which would otherwise bundle a second copy of the emulator.
 *
 * @internal
 */
export { answerPortalRequest } from './answer-portal-request.ts';
