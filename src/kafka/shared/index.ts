export { BrokerSession, type CredentialSource, type UsableCredentials } from './broker-session.ts';
export {
  CONNECT_TIMEOUT_MS,
  connectionSettings,
  KEEP_ALIVE_MS,
  splitBroker,
  wrongLibrary,
  type AuthMode,
} from './connection-settings.ts';
export { LOGIN_POLICY, loginRefused, mechanismChanged, REFUSED_LOGIN } from './login-refusals.ts';
export { saslLogin } from './sasl-login.ts';
export { untrustedCertificateCode } from './secure-context.ts';
