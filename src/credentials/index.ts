export {
  BrokerCredentials,
  SaslCredentials,
  toLibrdkafkaProperties,
  type BrokerSettings,
  type SaslMechanism,
  type SecurityProtocol,
} from './broker-credentials.ts';
export {
  decodeCa,
  findName,
  MECHANISMS,
  parseBrokerList,
  parseBrokerSettings,
  PROTOCOLS,
} from './broker-settings.ts';
export { CredentialCache, type CredentialObserver } from './credential-cache.ts';
export {
  CredentialExchange,
  type ExchangeObserver,
  type QuixExchangeTrace,
} from './credential-exchange.ts';
export { REFUSAL_POLICY } from './refusal.ts';
export { TLS_PROPERTIES, toTlsOptions } from './tls-options.ts';
