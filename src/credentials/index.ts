export {
  BrokerCredentials,
  SaslCredentials,
  type SaslMechanism,
  type SecurityProtocol,
} from './broker-credentials.ts';
export { CredentialCache, type ExchangeAnswer } from './credential-cache.ts';
export { REFUSAL_POLICY } from './refusal-policy.ts';
