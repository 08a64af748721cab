export {
  BrokerCredentials,
  SaslCredentials,
  type BrokerSettings,
  type SaslMechanism,
  type SecurityProtocol,
} from './broker-credentials.ts';
export { CredentialCache } from './credential-cache.ts';
