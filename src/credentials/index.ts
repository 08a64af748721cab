export {
  BrokerCredentials,
  SaslCredentials,
  type SaslMechanism,
  type SecurityProtocol,
} from './broker-credentials.ts';
export { decodeCa } from './ca.ts';
export { CredentialCache, type ExchangeAnswer } from './credential-cache.ts';
