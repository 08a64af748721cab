import { QuixError } from '../errors.ts';
import { errorCode, readProperty, sanitizeError } from '../sanitize-error.ts';

/** OpenSSL's names for a certificate that was not accepted, and handshakes that cannot succeed. */
const TLS_CODE =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|EPROTO)/;

const HINTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Check the host name in the Portal URL, and DNS.',
  EAI_AGAIN: 'Check DNS on this machine.',
  ECONNREFUSED: 'Check the Portal URL, and that nothing between blocks it.',
  // By name: undici 7.30 gives its parser errors no code.
  HTTPParserError: 'What answers there does not speak HTTP: check the Portal URL.',
};

/** The first code in a chain of causes; `AggregateError`s of dual-stack connects included. */
function deepCode(error: unknown, depth = 0): string | undefined {
  if (depth > 4 || typeof error !== 'object' || error === null) return undefined;
  const own = errorCode(error);
  if (own !== undefined && own !== 'UND_ERR') return own;
  const errors = readProperty(error, 'errors');
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return deepCode(readProperty(error, 'cause') ?? first, depth + 1);
}

/** Whether the connection ended before an answer began: worth one more try at once, on a new one. */
export function isConnectionLost(error: unknown): boolean {
  const code = deepCode(error);
  return code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || code === 'EPIPE';
}

/**
 * A failed HTTP request as an error of ours. `host` is the Portal's host and port. Nothing of the
 * foreign error is kept but its name and code.
 */
export function toTransportError(
  error: unknown,
  host: string,
  proxy: string | undefined,
): QuixError {
  const code = deepCode(error);
  const cause = Object.assign(sanitizeError(error), code === undefined ? {} : { code });
  const via = proxy === undefined ? '' : ` through the proxy from ${proxy}`;
  if (code !== undefined && TLS_CODE.test(code)) {
    return new QuixError(
      'QUIX_PORTAL_TLS',
      `No trusted TLS connection to ${host}${via} (${code}).`,
      {
        cause,
        hint: 'If the Portal or a proxy uses a private certificate authority, pass it as the `ca` option or in NODE_EXTRA_CA_CERTS.',
      },
    );
  }
  return new QuixError(
    'QUIX_PORTAL_UNAVAILABLE',
    `The Portal at ${host} could not be reached${via} (${code ?? cause.name}).`,
    {
      retryable: true,
      cause,
      hint: HINTS[code ?? ''] ?? HINTS[cause.name] ?? 'Check the network between here and there.',
    },
  );
}
