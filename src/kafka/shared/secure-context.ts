import type { SecureContext } from 'node:tls';
import type { BrokerCredentials } from 'quix-streams-auth';
import { errorCode } from '../../sanitize-error.ts';

/** OpenSSL's codes for a certificate that is expired, revoked or not signed by a trusted CA. */
const UNTRUSTED_CERTIFICATE = /^(?:SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|CERT_)/;

const contexts = new WeakMap<BrokerCredentials, SecureContext>();

/**
 * Returns the TLS context for connections with these credentials. The context trusts the
 * environment's private CA, or Node's default CAs if the environment has no CA. It is created once
 * for each `BrokerCredentials`, because Node would otherwise parse the CA for each connection.
 */
export function secureContextFor(credentials: BrokerCredentials): SecureContext {
  let context = contexts.get(credentials);
  if (!context) {
    const { ca } = credentials;
    context = process
      .getBuiltinModule('node:tls')
      .createSecureContext(ca === undefined ? {} : { ca });
    contexts.set(credentials, context);
  }
  return context;
}

/** Returns the `code` of an error about an untrusted certificate. Ignores other errors. */
export function untrustedCertificateCode(error: unknown): string | undefined {
  const code = errorCode(error);
  return code !== undefined && UNTRUSTED_CERTIFICATE.test(code) ? code : undefined;
}
