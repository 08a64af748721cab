import type { SecureContextOptions } from 'node:tls';
import { ownProperties } from '../own-properties.ts';

/** Cipher suites of TLS 1.3. In librdkafka, `ssl.cipher.suites` does not affect them. */
const TLS_1_3_SUITES = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';

/** For each librdkafka property, the option of Node's TLS with the same meaning. */
const OPTION_NAMES = {
  'ssl.ca.pem': 'ca',
  'ssl.certificate.pem': 'cert',
  'ssl.key.pem': 'key',
  'ssl.key.password': 'passphrase',
  'ssl.cipher.suites': 'ciphers',
  'ssl.curves.list': 'ecdhCurve',
  'ssl.sigalgs.list': 'sigalgs',
} as const satisfies Record<string, keyof SecureContextOptions>;

/** Names of the librdkafka properties that {@link toTlsOptions} converts. */
export const TLS_PROPERTIES: readonly string[] = Object.keys(OPTION_NAMES);

/**
 * Returns the options of Node's TLS for librdkafka properties. Ignores all other properties. The
 * object has no prototype, so that Node does not trust a `ca` in a changed `Object.prototype`.
 */
export function toTlsOptions(properties: Readonly<Record<string, string>>): SecureContextOptions {
  const options = ownProperties<SecureContextOptions>({});
  for (const [name, option] of Object.entries(OPTION_NAMES)) {
    if (Object.hasOwn(properties, name)) options[option] = properties[name];
  }
  // OpenSSL also accepts commas and spaces between suites, but Node splits the list only at colons.
  // If the list contains no suite of TLS 1.3, Node turns off TLS 1.3.
  const suites = options.ciphers?.replace(/[, ]+/g, ':');
  if (suites !== undefined) options.ciphers = `${TLS_1_3_SUITES}:${suites}`;
  return options;
}
