/** @module quix-streams-auth/testing/msw */
import type * as Msw from 'msw';
import type { HttpHandler } from 'msw';
import { QuixError } from 'quix-streams-auth';
import { answerPortalRequest, type PortalState } from 'quix-streams-auth/testing';
import { DEFAULT_PORTAL_API } from '../portal/index.ts';
import { sanitizeError } from '../sanitize-error.ts';

/**
 * Options of {@link portalHandlers}.
 *
 * @example
 * ```ts
 * import { createPortalState } from 'quix-streams-auth/testing';
 * import { portalHandlers, type PortalHandlersOptions } from 'quix-streams-auth/testing/msw';
 *
 * const options: PortalHandlersOptions = { baseUrl: 'https://portal.example/quix' };
 * console.log(portalHandlers(createPortalState(), options).length);
 * ```
 */
export interface PortalHandlersOptions {
  /**
   * Absolute base URL of the Portal, with or without a path. Default:
   * `https://portal-api.cloud.quix.io`.
   */
  readonly baseUrl?: string;
}

/**
 * msw does not see the requests of a `QuixStreamingClient`, which sends them with undici and a
 * dispatcher of its own, so test a service that uses one with `startPortalEmulator`.
 *
 * Returns msw handlers for the endpoints of that emulator. They answer global `fetch` and
 * `node:http` requests to the base URL, including 404 for unknown paths, and record them in
 * `state.requests`. Use them to test code that calls the Portal API itself.
 *
 * Needs the package msw, version 2.
 *
 * @throws QuixError `QUIX_CONFIG` if msw is not installed or `baseUrl` is not an absolute URL
 *
 * @example
 * ```ts
 * import { setupServer } from 'msw/node';
 * import { createPortalState } from 'quix-streams-auth/testing';
 * import { portalHandlers } from 'quix-streams-auth/testing/msw';
 *
 * const state = createPortalState();
 * const server = setupServer(...portalHandlers(state));
 * server.listen();
 * const response = await fetch('https://portal-api.cloud.quix.io/workspaces', {
 *   headers: { authorization: `Bearer ${state.token1}` },
 * });
 * console.log(await response.json());
 * server.close();
 * ```
 */
export function portalHandlers(
  state: PortalState,
  options: PortalHandlersOptions = {},
): HttpHandler[] {
  const { baseUrl = DEFAULT_PORTAL_API } = options;
  if (!URL.canParse(baseUrl)) {
    throw new QuixError('QUIX_CONFIG', 'The option "baseUrl" is not an absolute URL.', {
      hint: `Use the form ${DEFAULT_PORTAL_API}.`,
    });
  }
  const { http } = loadMsw();
  const base = baseUrl.replace(/\/+$/, '');
  const basePath = new URL(base).pathname.replace(/\/$/, '');
  return [http.all(`${base}/*`, ({ request }) => answerPortalRequest(state, request, basePath))];
}

/**
 * Loads msw when it is needed, so that this module can be imported without it.
 *
 * This is msw's CommonJS build in both formats of this package. Its handlers also work with a
 * `setupServer` of msw's ES module build.
 */
function loadMsw(): typeof Msw {
  const load = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  try {
    load.resolve('msw');
  } catch (error) {
    throw new QuixError(
      'QUIX_CONFIG',
      'portalHandlers() needs the package msw, which is not installed.',
      {
        hint: 'Run "npm install --save-dev msw".',
        cause: sanitizeError(error),
      },
    );
  }
  return load('msw') as typeof Msw;
}
