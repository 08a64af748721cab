import type { HttpResponse } from '../../portal/index.ts';

const MEDIA_TYPES = `application/json application/problem+json application/octet-stream
  application/xml text/html text/json text/plain text/xml`.split(/\s+/);
const ENCODINGS = ['gzip', 'br', 'deflate', 'zstd', 'compress'];

/** Organizations in most certificates of web servers. */
const ISSUERS = [
  'Amazon',
  'DigiCert Inc',
  'GlobalSign nv-sa',
  'GoDaddy.com, Inc.',
  'Google Trust Services',
  "Let's Encrypt",
  'Microsoft Corporation',
  'Sectigo Limited',
  'ZeroSSL',
];

/** Headers of HTTP, of browsers' security, and of common proxies. */
export const COMMON_HEADERS: ReadonlySet<string> = new Set(
  `accept-ranges access-control-allow-credentials access-control-allow-headers
  access-control-allow-methods access-control-allow-origin access-control-expose-headers age allow
  alt-svc api-supported-versions cache-control connection content-disposition content-encoding
  content-language content-length content-security-policy content-type date etag expires
  keep-alive last-modified location pragma referrer-policy request-context retry-after server
  set-cookie strict-transport-security trailer transfer-encoding vary via www-authenticate
  x-content-type-options x-frame-options x-powered-by x-request-id x-xss-protection`.split(/\s+/),
);

type ResponseHeaders = HttpResponse['headers'];

/** Returns the first value, or ''. The server chose it, so do not print it. */
export const firstValue = (value: string | readonly string[] | undefined): string =>
  [value ?? ''].flat()[0] ?? '';

/** Returns the media type if it is a common one. */
export function mediaTypeOf(headers: ResponseHeaders): string {
  const text = (firstValue(headers['content-type']).split(';')[0] ?? '').trim().toLowerCase();
  if (text === '') return 'missing';
  return MEDIA_TYPES.find((type) => type === text) ?? 'other';
}

/** Returns the encodings of a compressed response, or `undefined`. */
export function encodingOf(headers: ResponseHeaders): string | undefined {
  const encodings = [headers['content-encoding'] ?? []]
    .flat()
    .flatMap((value) => value.toLowerCase().split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '' && value !== 'identity')
    .map((value) => ENCODINGS.find((each) => each === value) ?? 'another encoding');
  return encodings.length === 0 ? undefined : [...new Set(encodings)].join(' and ');
}

/** Returns the first text that is the name of a common issuer. */
export const issuerName = (texts: readonly string[]): string =>
  ISSUERS.find((issuer) => texts.includes(issuer)) ?? 'another issuer';

export const isRedirect = (status: number): boolean => status >= 300 && status < 400;

/** Describes the target of a redirect. */
export function redirectTarget(headers: ResponseHeaders, portal: URL): string {
  const location = firstValue(headers['location']);
  if (location === '' || !URL.canParse(location, portal.origin)) return 'an unreadable address';
  const { origin } = new URL(location, portal.origin);
  return origin === portal.origin ? 'the same origin' : 'another origin';
}
