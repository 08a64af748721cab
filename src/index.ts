/** @module quix-streams-auth */
export type {
  BrokerCredentials,
  SaslCredentials,
  SaslMechanism,
  SecurityProtocol,
} from './credentials/index.ts';
export type { QuixExchangeTrace } from './credentials/exchange-trace.ts';
export {
  QuixStreamingClient,
  type GetBrokerCredentialsOptions,
  type GetTopicOptions,
} from './client.ts';
export type { ClientDescription } from './describe.ts';
export { QuixError, type QuixErrorCode, type QuixErrorDetails } from './errors.ts';
export type { QuixClientEvents } from './events.ts';
export type { QuixLogger } from './logger.ts';
export type { QuixClientOptions } from './options.ts';
export type {
  Environment,
  TokenDescription,
  TokenKind,
  TokenProvider,
  TokenWarningOptions,
} from './token/index.ts';
export type { QuixWarning, QuixWarningCode } from './warnings.ts';
export type { QuixPermissionQuery } from './workspace/permission.ts';
export type { QuixTopic, QuixTopicConfiguration } from './workspace/topic.ts';
export type { QuixWorkspace } from './workspace/workspace.ts';
