import { QuixError } from '../errors.ts';

/** Portal API of Quix Cloud, as documented by Quix since June 2025. */
export const DEFAULT_PORTAL_API = 'https://portal-api.cloud.quix.io';
/** Variable that the platform and Quix's command line set to the URL of the Portal API. */
export const PORTAL_VARIABLE = 'Quix__Portal__Api';

const URL_HINT = `Use a URL like ${DEFAULT_PORTAL_API}, with the base path if the Portal has one.`;

/** Returns whether a `URL.hostname` is a loopback address or `localhost`. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** A check of a URL failed. `problem` is the end of the message. */
type Fail = (problem: string, hint?: string) => never;

/** Error messages contain `subject` in place of the URL, because the URL may contain a password. */
const failFor =
  (subject: string, usualHint: string): Fail =>
  (problem, hint = usualHint) => {
    throw new QuixError('QUIX_CONFIG', `${subject} ${problem}.`, { hint });
  };

/**
 * Parses the base URL of the Portal and removes trailing slashes.
 *
 * @throws QuixError `QUIX_CONFIG`
 */
export function parsePortalUrl(text: string, source: string): URL {
  return parseUrl(text, isLoopback, failFor(`The Portal URL from ${source}`, URL_HINT));
}

/**
 * Parses an origin that may receive the token. Names without a dot may use http, because services
 * in the same Quix environment have such names.
 *
 * @throws QuixError `QUIX_CONFIG`
 */
export function parseServiceOrigin(text: string, subject: string): string {
  const fail = failFor(subject, 'Use an origin like https://api.example.com.');
  if (text.includes('*')) fail('contains a wildcard', 'List each origin.');
  const mayUseHttp = (host: string): boolean => isLoopback(host) || /^[\w-]+$/.test(host);
  const url = parseUrl(text, mayUseHttp, fail);
  if (url.pathname !== '/') fail('has a path');
  return url.origin;
}

function parseUrl(text: string, mayUseHttp: (hostname: string) => boolean, fail: Fail): URL {
  const trimmed = text.trim();
  // The URL parser would silently remove line breaks and tabs, and replace backslashes by slashes.
  if (/[\s\\]|[^\x21-\x7e]/.test(trimmed))
    fail('contains white space, a backslash or a non-ASCII character');
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(trimmed)) fail('has no scheme', 'Put https:// before it.');
  if (!URL.canParse(trimmed)) fail('is not a valid URL');
  const url = new URL(trimmed);
  if (url.username !== '' || url.password !== '') {
    fail('contains a user name or password', 'Remove it. The token is the only credential.');
  }
  if (/[?#]/.test(trimmed)) fail('has a query or a fragment', 'Remove it.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') fail('is neither https nor http');
  if (url.protocol === 'http:' && !mayUseHttp(url.hostname)) {
    const hint = 'Use https. With http, the token would be sent unencrypted.';
    fail('uses http for another machine', hint);
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/**
 * Returns whether a text can be part of a path. Servers remove the segments '', '.' and '..', which
 * would lead to another endpoint. A lone surrogate cannot be encoded.
 */
export const isPathSegment = (text: string): boolean => !/^\.{0,2}$|\p{Surrogate}/u.test(text);

/** Returns the path and query of an endpoint, including the path of the base URL. */
export function portalPath(
  base: URL,
  segments: readonly string[],
  query: Readonly<Record<string, string>> = {},
): string {
  if (!segments.every(isPathSegment)) {
    const hint = 'Check the workspace id and the topic name.';
    const summary = 'A workspace id or topic name cannot be part of a URL.';
    throw new QuixError('QUIX_CONFIG', summary, { hint });
  }
  const search = new URLSearchParams(query).toString();
  const encoded = segments.map((segment) => encodeURIComponent(segment)).join('/');
  const path = `${base.pathname.replace(/\/$/, '')}/${encoded}`;
  return search === '' ? path : `${path}?${search}`;
}
