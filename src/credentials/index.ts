export {
  BrokerCredentials,
  SaslCredentials,
  toLibrdkafkaProperties,
  type BrokerSettings,
  type SaslMechanism,
  type SecurityProtocol,
} from './broker-credentials.ts';
export { CredentialCache, type ExchangeAnswer } from './credential-cache.ts';
