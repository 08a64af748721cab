const NOT_TLS = 'This port does not speak TLS. Check the protocol and the port of the address.';
const NO_COMMON_TLS =
  'The server rejected the TLS handshake. It may require another TLS version or a client certificate. Ask the administrator of the server.';
const NO_HANDSHAKE =
  'The server accepts connections, but does not complete the TLS handshake. Check that this port uses TLS, and that no firewall inspects the connection.';
const WRONG_NAME = 'Check the address, and whether a proxy intercepts the connection.';
const NOT_VALID_NOW =
  'Check the clock of this machine. If it is right, ask the administrator of the server for a new certificate.';

/** Remedies by a pattern in the code of the error. The first one that matches applies. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP|BAD_RECORD|UNEXPECTED)/, NOT_TLS],
  [/SSL|^EPROTO$/, NO_COMMON_TLS],
  [/^(?:ECONNRESET|EPIPE|ETIMEDOUT)$/, NO_HANDSHAKE],
  [/ALTNAME_INVALID|HOSTNAME_MISMATCH/, WRONG_NAME],
  [/^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/, NOT_VALID_NOW],
];

/**
 * Returns what to do after a TLS connection failed.
 *
 * @param code - Code of the error.
 * @param untrusted - Remedy for a certificate of an unknown certificate authority.
 */
export function tlsRemedy(code: string, untrusted: string): string {
  return REMEDIES.find(([pattern]) => pattern.test(code))?.[1] ?? untrusted;
}

/** Returns the remedy if the Portal or a proxy has a certificate of an unknown authority. */
export function untrustedPortalRemedy(caFile: string | undefined): string {
  return caFile === undefined
    ? 'If the Portal or a proxy uses a private certificate authority, pass it with --ca or in NODE_EXTRA_CA_CERTS.'
    : `The certificate authority in the file ${caFile} of --ca did not issue this certificate. Pass a file with the authority of the Portal, or of the proxy that intercepts the connection.`;
}
