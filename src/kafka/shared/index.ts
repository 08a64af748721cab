export { BrokerSession } from './broker-session.ts';
export * from './connection-settings.ts';
export { LibrdkafkaConnection, type NativeClient } from './librdkafka-connection.ts';
export * from './librdkafka-properties.ts';
export { LibrdkafkaSession, reasonOf } from './librdkafka-session.ts';
export * from './login-policy.ts';
export { saslLogin } from './sasl-login.ts';
export { untrustedCertificateCode } from './secure-context.ts';
