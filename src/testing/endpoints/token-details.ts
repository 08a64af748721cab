import { jsonResponse } from '../responses.ts';

/**
 * Answers `GET /auth/token/details` with an empty object.
 *
 * The official Python client calls this route and reads a JSON object. No public source shows the
 * fields of that object, so the emulator does not make any up. A test can send its own fields with
 * the `body` of a fault.
 */
export function getTokenDetails(): Response {
  return jsonResponse({});
}
