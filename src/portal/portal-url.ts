import { QuixError } from '../errors.ts';

/** Quix Cloud's Portal API, as in Quix's documentation since June 2025. */
export const DEFAULT_PORTAL_API = 'https://portal-api.cloud.quix.io';
/** The variable that the platform and Quix's command line set. */
export const PORTAL_VARIABLE = 'Quix__Portal__Api';

const PROBLEM_HINT = `Use the form ${DEFAULT_PORTAL_API}: scheme, host, and a base path if the Portal has one.`;

/** `127.0.0.1`, the rest of 127/8, `[::1]` and `localhost`, as the URL parser writes them. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Reads the Portal's base URL, without a trailing slash.
 *
 * The message names where the URL came from and never quotes it: it may hold a password.
 *
 * @throws QuixError `QUIX_CONFIG`
 */
export function parsePortalUrl(text: string, from: string): URL {
  const fail = (problem: string, hint = PROBLEM_HINT): never => {
    throw new QuixError('QUIX_CONFIG', `The Portal URL from ${from} ${problem}.`, { hint });
  };
  const trimmed = text.trim();
  // The URL parser drops line breaks and tabs and turns backslashes, all in silence.
  if (/[\s\\]|[^\x21-\x7e]/.test(trimmed))
    fail('holds white space, a backslash or a non-ASCII character');
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(trimmed)) fail('has no scheme', `Put https:// before it.`);
  if (!URL.canParse(trimmed)) fail('is no valid URL');
  const url = new URL(trimmed);
  if (url.username !== '' || url.password !== '') {
    fail('holds a user name or password', 'Remove it: the token is the only credential.');
  }
  if (/[?#]/.test(trimmed)) fail('has a query or a fragment', 'Remove it.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') fail('is neither https nor http');
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    fail('is http to another machine', 'Use https: the token would cross the network in clear.');
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/**
 * The address of an endpoint below the base URL, whose own path is kept.
 *
 * @throws QuixError `QUIX_CONFIG` when a segment cannot be part of a path
 */
export function portalPath(
  base: URL,
  segments: readonly string[],
  query: Readonly<Record<string, string>> = {},
): string {
  const encoded = segments.map((segment) => {
    try {
      // They would lead to another endpoint: URL parsers resolve dots, servers merge slashes.
      if (!['', '.', '..'].includes(segment)) return encodeURIComponent(segment);
    } catch {
      // A lone surrogate.
    }
    throw new QuixError(
      'QUIX_CONFIG',
      'An id given for a request to the Portal cannot be part of a URL.',
      { hint: 'Check the workspace id or topic name.' },
    );
  });
  const search = new URLSearchParams(query).toString();
  const path = `${base.pathname.replace(/\/$/, '')}/${encoded.join('/')}`;
  return search === '' ? path : `${path}?${search}`;
}
