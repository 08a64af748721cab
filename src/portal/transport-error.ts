import { QuixError } from '../errors.ts';
import { errorCode, readProperty, sanitizeError } from '../sanitize-error.ts';

/** Codes of certificates that are not trusted, and of handshakes that cannot succeed. */
const TLS_CODE =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|EPROTO)/;

const HINTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Check the host name in the Portal URL, and DNS.',
  EAI_AGAIN: 'Check DNS on this machine.',
  ECONNREFUSED: 'Check the Portal URL, and that no firewall blocks it.',
  // The name of the error: undici 7.30 gives its parser errors no code.
  HTTPParserError: 'The server does not speak HTTP. Check the Portal URL.',
};

/**
 * Returns the first code in a chain of causes. Dual-stack connections fail with an
 * `AggregateError`.
 */
function deepCode(error: unknown, depth = 0): string | undefined {
  if (depth > 4 || typeof error !== 'object' || error === null) return undefined;
  const own = errorCode(error);
  if (own !== undefined && own !== 'UND_ERR') return own;
  const errors = readProperty(error, 'errors');
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return deepCode(readProperty(error, 'cause') ?? first, depth + 1);
}

/**
 * Returns whether the connection ended before the response started. One immediate retry may then
 * succeed.
 */
export function isConnectionLost(error: unknown): boolean {
  const code = deepCode(error);
  return code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || code === 'EPIPE';
}

/**
 * Turns the error of a failed HTTP request into a `QuixError`. Keeps only the name and the code of
 * the original error.
 *
 * @param host - Host and port of the Portal.
 * @param proxy - Name of the variable of the proxy in use.
 */
export function toTransportError(
  error: unknown,
  host: string,
  proxy: string | undefined,
): QuixError {
  const code = deepCode(error);
  const cause = Object.assign(sanitizeError(error), code === undefined ? {} : { code });
  const via = proxy === undefined ? '' : ` through the proxy of ${proxy}`;
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
