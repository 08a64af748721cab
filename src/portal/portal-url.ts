import { QuixError } from '../errors.ts';

/** Portal API of Quix Cloud. Source: Quix's documentation, since June 2025. */
export const DEFAULT_PORTAL_API = 'https://portal-api.cloud.quix.io';
/** The variable that the platform and Quix's command line set. */
export const PORTAL_VARIABLE = 'Quix__Portal__Api';

const PROBLEM_HINT = `Use a URL like ${DEFAULT_PORTAL_API}: scheme, host, and a base path if the Portal has one.`;

/**
 * Returns whether a host name, as the URL parser writes it, is this machine: 127/8, `[::1]` or
 * `localhost`.
 */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Parses the Portal's base URL and removes trailing slashes.
 *
 * Messages name the source of the URL and never quote it, because it may contain a password.
 *
 * @throws QuixError `QUIX_CONFIG`
 */
export function parsePortalUrl(text: string, from: string): URL {
  const fail = (problem: string, hint = PROBLEM_HINT): never => {
    throw new QuixError('QUIX_CONFIG', `The Portal URL from ${from} ${problem}.`, { hint });
  };
  const trimmed = text.trim();
  // The URL parser silently drops line breaks and tabs, and turns backslashes into slashes.
  if (/[\s\\]|[^\x21-\x7e]/.test(trimmed))
    fail('contains white space, a backslash or a non-ASCII character');
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(trimmed)) fail('has no scheme', `Put https:// before it.`);
  if (!URL.canParse(trimmed)) fail('is not a valid URL');
  const url = new URL(trimmed);
  if (url.username !== '' || url.password !== '') {
    fail('contains a user name or password', 'Remove it. The token is the only credential.');
  }
  if (/[?#]/.test(trimmed)) fail('has a query or a fragment', 'Remove it.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') fail('is neither https nor http');
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    fail(
      'is http to another machine',
      'Use https. With http, the token would cross the network unencrypted.',
    );
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/**
 * Returns the path and query of an endpoint below the base URL, including the base path.
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
      // URL parsers resolve dots and servers merge slashes, which would lead to another endpoint.
      if (!['', '.', '..'].includes(segment)) return encodeURIComponent(segment);
    } catch {
      // encodeURIComponent() throws for a lone surrogate.
    }
    throw new QuixError('QUIX_CONFIG', 'An id for a Portal request cannot be part of a URL.', {
      hint: 'Check the workspace id or the topic name.',
    });
  });
  const search = new URLSearchParams(query).toString();
  const path = `${base.pathname.replace(/\/$/, '')}/${encoded.join('/')}`;
  return search === '' ? path : `${path}?${search}`;
}
