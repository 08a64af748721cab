/** Base64 contains no dash. Excluding dashes keeps the search linear. */
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/**
 * Returns the certificates of `ssl.ca.cert` as PEM. The value is base64 of a PEM, or a PEM.
 *
 * Returns `undefined` for anything else, or if a block is not a certificate. Without this check,
 * Node would decode any text as base64, and OpenSSL would fail at the first connection.
 */
export function decodeCa(value: string): string | undefined {
  let pem = value;
  if (!value.includes('-----BEGIN')) {
    const compact = value.replace(/\s+/g, '');
    if (!BASE64.test(compact)) return undefined;
    pem = Buffer.from(compact, 'base64').toString('utf8');
  }
  const blocks = pem.match(PEM_BLOCK);
  if (!blocks) return undefined;
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch {
    return undefined;
  }
  return `${blocks.join('\n')}\n`;
}
