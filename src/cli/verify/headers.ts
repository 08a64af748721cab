import type { Answer } from './run-requests.ts';

const MEDIA_TYPES = [
  'application/json',
  'application/problem+json',
  'application/octet-stream',
  'application/xml',
  'text/html',
  'text/json',
  'text/plain',
  'text/xml',
];

const ENCODINGS = ['gzip', 'br', 'deflate', 'zstd', 'compress'];

/** Organizations that issue most certificates of web servers. */
const ISSUERS = [
  'Amazon',
  'DigiCert',
  'GlobalSign',
  'GoDaddy',
  'Google Trust Services',
  "Let's Encrypt",
  'Microsoft',
  'Sectigo',
  'ZeroSSL',
];

/** Headers of HTTP, of browsers' security, and of common proxies. */
const COMMON_HEADERS = new Set(
  `accept-ranges access-control-allow-credentials access-control-allow-headers
  access-control-allow-methods access-control-allow-origin access-control-expose-headers age allow
  alt-svc api-supported-versions cache-control connection content-disposition content-encoding
  content-language content-length content-security-policy content-type date etag expires
  keep-alive last-modified location pragma referrer-policy request-context retry-after server
  set-cookie strict-transport-security trailer transfer-encoding vary via www-authenticate
  x-content-type-options x-frame-options x-powered-by x-request-id x-xss-protection`.split(/\s+/),
);

type Headers = Answer['headers'];

/** Returns the first text of a server's value, or an empty text. Must not be shown. */
export const firstText = (value: string | readonly string[] | undefined): string =>
  [value ?? ''].flat()[0] ?? '';

/** Returns the entry of a list of this package that a text of the server contains. */
const nameIn = (list: readonly string[], text: string): string | undefined =>
  list.find((name) => text.toLowerCase().includes(name.toLowerCase()));

/** Returns the media type if it is a common one. */
export function mediaTypeOf(headers: Headers): string {
  const text = (firstText(headers['content-type']).split(';')[0] ?? '').trim().toLowerCase();
  if (text === '') return 'missing';
  return MEDIA_TYPES.find((type) => type === text) ?? 'an uncommon one';
}

/** Returns the encoding of a compressed answer, or `undefined`. */
export function encodingOf(headers: Headers): string | undefined {
  const text = firstText(headers['content-encoding']).trim().toLowerCase();
  if (text === '' || text === 'identity') return undefined;
  return nameIn(ENCODINGS, text) ?? 'an uncommon encoding';
}

export const issuerName = (issuer: string): string => nameIn(ISSUERS, issuer) ?? 'another issuer';

export const isCommonHeader = (name: string): boolean => COMMON_HEADERS.has(name.toLowerCase());

export const isRedirect = ({ status }: Answer): boolean => status >= 300 && status < 400;

/** Returns where a redirect leads, in words. */
export function redirectTarget({ headers }: Answer, portal: URL): string {
  const location = firstText(headers['location']);
  if (location === '' || !URL.canParse(location, portal.origin)) return 'an unreadable address';
  const { origin } = new URL(location, portal.origin);
  return origin === portal.origin ? 'the same origin' : 'another origin';
}
