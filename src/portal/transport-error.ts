import { QuixError } from '../errors.ts';
import { errorCode, readProperty, sanitizeError } from '../sanitize-error.ts';

/** Error codes of TLS that a retry cannot fix, such as an untrusted certificate. */
const TLS_CODE =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|EPROTO)/;

const HINTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Check the host name in the Portal URL, and DNS.',
  EAI_AGAIN: 'Check DNS on this machine.',
  ECONNREFUSED: 'Check the Portal URL, and that no firewall blocks it.',
  // This is the name of the error, because parser errors of undici 7.30 have no code.
  HTTPParserError: 'The server does not speak HTTP. Check the Portal URL.',
};

/**
 * Returns the first code of an error and its causes. Also searches the first error of an
 * `AggregateError`, which Node throws when connections to several addresses fail.
 */
function findErrorCode(error: unknown, depth = 0): string | undefined {
  if (depth > 4 || typeof error !== 'object' || error === null) return undefined;
  const own = errorCode(error);
  if (own !== undefined && own !== 'UND_ERR') return own;
  const errors = readProperty(error, 'errors');
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return findErrorCode(readProperty(error, 'cause') ?? first, depth + 1);
}

/** Returns whether the server or the network closed the connection. */
export function isConnectionLost(error: unknown): boolean {
  const code = findErrorCode(error);
  return code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || code === 'EPIPE';
}

/**
 * Turns the error of a failed HTTP request into a `QuixError`. Of the original error, the `cause`
 * has only the name and the code.
 *
 * @param host - Host and port of the Portal.
 * @param proxy - Name of the environment variable with the proxy in use.
 */
export function toTransportError(
  error: unknown,
  host: string,
  proxy: string | undefined,
): QuixError {
  const code = findErrorCode(error);
  const cause = Object.assign(sanitizeError(error), code === undefined ? {} : { code });
  const via = proxy === undefined ? '' : ` through the proxy in ${proxy}`;
  if (code !== undefined && TLS_CODE.test(code)) {
    return new QuixError(
      'QUIX_PORTAL_TLS',
      `A trusted TLS connection to ${host}${via} could not be established (${code}).`,
      {
        cause,
        hint: 'If the Portal or a proxy uses a private certificate authority, pass it in the `ca` option or in NODE_EXTRA_CA_CERTS.',
      },
    );
  }
  return new QuixError(
    'QUIX_PORTAL_UNAVAILABLE',
    `The Portal at ${host} could not be reached${via} (${code ?? cause.name}).`,
    {
      retryable: true,
      cause,
      hint:
        HINTS[code ?? ''] ??
        HINTS[cause.name] ??
        'Check the network between this machine and the Portal.',
    },
  );
}
