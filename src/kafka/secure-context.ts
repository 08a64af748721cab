import type { SecureContext } from 'node:tls';
import type { BrokerCredentials } from '../credentials/index.ts';

/** Gone with the credentials that they were made for. */
const contexts = new WeakMap<BrokerCredentials, SecureContext>();

/**
 * How connections with these credentials are secured: by the environment's private CA, or by the
 * system's roots. Made once for each snapshot: Node else reads the certificates for each connection.
 * Node's own defaults, such as `tls.DEFAULT_MIN_VERSION`, are those of that time.
 */
export function secureContext(credentials: BrokerCredentials): SecureContext {
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
