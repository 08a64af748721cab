export {
  WORKSPACE_VARIABLE,
  workspacesWithName,
  type WorkspaceReference,
} from './choose-workspace.ts';
export type { QuixTopic, QuixTopicConfiguration } from './topics.ts';
export { WorkspaceAccess } from './workspace-access.ts';
export {
  localBrokerError,
  WorkspaceResources,
  type QuixPermissionQuery,
  type QuixWorkspace,
} from './workspace-resources.ts';
