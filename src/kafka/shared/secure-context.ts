import type { SecureContext } from 'node:tls';
import type { BrokerCredentials } from 'quix-streams-auth';
import { toTlsOptions } from '../../credentials/index.ts';
import { errorCode } from '../../sanitize-error.ts';

/** OpenSSL's codes for a certificate that is expired, revoked or not signed by a trusted CA. */
const UNTRUSTED_CERTIFICATE = /^(?:SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|CERT_)/;

const contexts = new WeakMap<BrokerCredentials, SecureContext>();

/**
 * Returns the TLS context for connections with these credentials. It contains the CA, the client
 * certificate and the cipher suites that the Portal sent. Without a private CA, the context trusts
 * Node's default CAs. It is created once, because Node would parse the CA each time.
 */
export function secureContextFor(credentials: BrokerCredentials): SecureContext {
  const known = contexts.get(credentials);
  if (known) return known;
  const tls = process.getBuiltinModule('node:tls');
  const context = tls.createSecureContext(toTlsOptions(credentials.toLibrdkafka()));
  contexts.set(credentials, context);
  return context;
}

/** Returns whether an error code is about an untrusted certificate. */
export function isUntrustedCertificate(code: string): boolean {
  return UNTRUSTED_CERTIFICATE.test(code);
}

/** Returns the `code` of an error about an untrusted certificate. Ignores other errors. */
export function untrustedCertificateCode(error: unknown): string | undefined {
  const code = errorCode(error);
  return code !== undefined && isUntrustedCertificate(code) ? code : undefined;
}
