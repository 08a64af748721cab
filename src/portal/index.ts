export type { BrokerSettingsAnswer, TopicAnswer, WorkspaceAnswer } from './answers.ts';
export { Deadline } from './deadline.ts';
export { deadlineError, Portal, type Inquiry, type PortalOptions } from './portal.ts';
export { DEFAULT_PORTAL_API } from './portal-url.ts';
