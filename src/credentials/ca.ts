/** One certificate. Base64 does not contain dashes, and `[^-]` keeps the search linear. */
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/**
 * Returns the certificates of a CA as PEM. `value` is a PEM or its base64 encoding, which the
 * Portal uses for `ssl.ca.cert`. Returns `undefined` if `value` is neither, or if a certificate in
 * it is not valid. Without this check, a wrong value would not fail before the first connection.
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
