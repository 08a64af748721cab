/** There is no dash within a block: excluding it keeps the search linear. */
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/**
 * The certificates of `ssl.ca.cert`, the base64 of a PEM, as PEM; a bare PEM is taken as well.
 *
 * `undefined` when it is neither, or when a block in it is no certificate: Node decodes any text as
 * base64 without complaint, and OpenSSL would speak up only at the first connection.
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
