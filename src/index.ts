/** @module quix-streams-auth */
export {
  QuixStreamingClient,
  type BrokerAddress,
  type ClientDescription,
  type GetBrokerCredentialsOptions,
  type GetTopicOptions,
  type QuixClientEvents,
  type QuixClientOptions,
} from './client/index.ts';
export type {
  BrokerCredentials,
  QuixExchangeTrace,
  SaslCredentials,
  SaslMechanism,
  SecurityProtocol,
} from './credentials/index.ts';
export { QuixError, type QuixErrorCode, type QuixErrorDetails } from './errors.ts';
export type { QuixLogFields, QuixLogger, QuixLogLine } from './logger.ts';
export type {
  Environment,
  TokenDescription,
  TokenKind,
  TokenProvider,
  TokenWarningOptions,
} from './token/index.ts';
export type { QuixWarning, QuixWarningCode } from './warnings.ts';
export type {
  QuixPermissionQuery,
  QuixTopic,
  QuixTopicConfiguration,
  QuixWorkspace,
} from './workspace/index.ts';
