import { jsonResponse } from '../responses.ts';

/**
 * Answers `GET /auth/token/details` with an empty object.
 *
 * The official Python client reads a JSON object from this endpoint, but no public source names its
 * fields. A test that needs fields can push a fault with a `body`.
 */
export function getTokenDetails(): Response {
  return jsonResponse({});
}
