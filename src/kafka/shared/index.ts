export { BrokerSession } from './broker-session.ts';
export * from './connection-settings.ts';
export * from './login-policy.ts';
export { saslLogin } from './sasl-login.ts';
export { untrustedCertificateCode } from './secure-context.ts';
