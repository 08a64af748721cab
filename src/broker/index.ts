export {
  BrokerCredentials,
  SaslCredentials,
  type BrokerSettings,
  type SaslMechanism,
  type SecurityProtocol,
} from './broker-credentials.ts';
export { parseBrokerList } from './broker-list.ts';
export { CredentialCache } from './credential-cache.ts';
