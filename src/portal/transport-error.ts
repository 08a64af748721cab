import { QuixError } from '../errors.ts';
import { errorCode, readProperty, sanitizeError } from '../sanitize-error.ts';

/** Error codes of TLS that a retry cannot fix, such as an untrusted certificate. */
const TLS_CODE =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|EPROTO)/;
const TLS_HINT =
  'If the Portal or a proxy uses a private certificate authority, pass it in the `ca` option or in NODE_EXTRA_CA_CERTS.';

/** Codes for an answer that is not TLS. The code depends on the version of OpenSSL. */
const NOT_TLS_CODE = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/;
const NOT_TLS_HINT =
  'The port does not speak TLS. Check the protocol and the port of the Portal URL, and HTTPS_PROXY.';

export const TOO_MANY_FILES_HINT =
  'The process has too many open files. Close some, or increase the limit (ulimit -n).';

const HINTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Check the host name in the Portal URL, and DNS.',
  EAI_AGAIN: 'Check DNS on this machine.',
  ECONNREFUSED: 'Check the Portal URL, and that no firewall blocks it.',
  EMFILE: TOO_MANY_FILES_HINT,
  ERR_ACCESS_DENIED: 'Start Node with --allow-net. With --permission, Node needs it for requests.',
  PROXY_CLOSED: 'The proxy closed the connection. Check the URL in the variable, and the proxy.',
  PROXY_STATUS_407: 'Check the user name and the password in the variable.',
  // This is the name of the error, because parser errors of undici 7.30 have no code.
  HTTPParserError: 'The server does not speak HTTP. Check the Portal URL.',
  // Deno's permission error has a name but no code.
  NotCapable: 'Start Deno with --allow-net.',
};
const OTHER_HINT = 'Check the network between this machine and the Portal.';

/**
 * Returns the first code of an error and its causes. Also searches the first error of an
 * `AggregateError`, which Node throws when connections to several addresses fail.
 */
function findErrorCode(error: unknown, depth = 0): string | undefined {
  if (depth > 4 || typeof error !== 'object' || error === null) return undefined;
  const own = errorCode(error);
  // `UND_ERR` is the general code of undici. A cause may have a more specific one.
  if (own !== undefined && own !== 'UND_ERR') return own;
  const errors = readProperty(error, 'errors');
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return findErrorCode(readProperty(error, 'cause') ?? first, depth + 1);
}

/** Returns whether `cause` of a transport error means that the connection was closed. */
export function isConnectionLost(cause: Error | undefined): boolean {
  return ['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE'].includes(errorCode(cause) ?? '');
}

/**
 * Turns the error of a failed HTTP request into a `QuixError`. Its `cause` has only the name and
 * the code of the original error. `proxy` is the environment variable with the proxy in use.
 */
export function toTransportError(error: unknown, host: string, proxy?: string): QuixError {
  const code = findErrorCode(error);
  const cause = Object.assign(sanitizeError(error), code === undefined ? {} : { code });
  const via = proxy === undefined ? '' : ` through the proxy in ${proxy}`;
  if (code !== undefined && TLS_CODE.test(code)) {
    const summary = `A trusted TLS connection to ${host}${via} could not be established (${code}).`;
    const hint = NOT_TLS_CODE.test(code) ? NOT_TLS_HINT : TLS_HINT;
    return new QuixError('QUIX_PORTAL_TLS', summary, { cause, hint });
  }
  const summary = `The Portal at ${host} could not be reached${via} (${code ?? cause.name}).`;
  const hint = HINTS[code ?? ''] ?? HINTS[cause.name] ?? OTHER_HINT;
  const retryable = code !== 'ERR_ACCESS_DENIED' && cause.name !== 'NotCapable';
  return new QuixError('QUIX_PORTAL_UNAVAILABLE', summary, { retryable, cause, hint });
}
