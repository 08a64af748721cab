export { WORKSPACE_VARIABLE, type WorkspaceReference } from './choose-workspace.ts';
export type { QuixPermissionQuery } from './permission.ts';
export type { QuixTopic, QuixTopicConfiguration } from './topic.ts';
export { WorkspaceAccess } from './workspace-access.ts';
export { WorkspaceResources, type QuixWorkspace } from './workspace-resources.ts';
