import { isDeepStrictEqual } from 'node:util';
import type { Outcome } from './this-package.ts';

/** Pairs of errors that are treated as equivalent. The number is the HTTP status. */
const EQUIVALENT_ERRORS = [
  ['ValueError', 'QUIX_TOKEN_MISSING'],
  ['MissingConnectionRequirements', 'QUIX_TOKEN_MISSING'],
  ['MultipleWorkspaces', 'QUIX_WORKSPACE_AMBIGUOUS'],
  ['QuixApiRequestFailure (302)', 'QUIX_PORTAL_REDIRECT (302)'],
  ['QuixApiRequestFailure (401)', 'QUIX_TOKEN_REJECTED (401)'],
  ['QuixApiRequestFailure (403)', 'QUIX_FORBIDDEN (403)'],
  ['QuixApiRequestFailure (404)', 'QUIX_WORKSPACE_NOT_FOUND (404)'],
  // The configured name is not an id, and the environment with this name is being deleted.
  ['QuixApiRequestFailure (404)', 'QUIX_WORKSPACE_NOT_FOUND'],
  ['ConnectError', 'QUIX_PORTAL_UNAVAILABLE'],
  ['JSONDecodeError', 'QUIX_BAD_RESPONSE (200)'],
  ['TopicNotFoundError', 'QUIX_TOPIC_NOT_FOUND (404)'],
  ['QuixCreateTopicFailure', 'QUIX_TOPIC_FAILED'],
  ['QuixCreateTopicTimeout', 'QUIX_TOPIC_TIMEOUT'],
];

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the class or code of an error, and its HTTP status. */
export const errorName = ({ error = '', status }: Outcome): string =>
  status ? `${error} (${status})` : error;

/** Returns whether two calls returned the same value, or failed in the same way. */
export function isSame(official: Outcome, thisPackage: Outcome): boolean {
  if (official.error !== undefined && thisPackage.error !== undefined) {
    const names = [errorName(official), errorName(thisPackage)];
    return EQUIVALENT_ERRORS.some((pair) => isDeepStrictEqual(pair, names));
  }
  return (
    official.error === thisPackage.error && isDeepStrictEqual(official.value, thisPackage.value)
  );
}
