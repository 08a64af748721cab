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
 * Returns msw handlers for the endpoints of the emulator. Use them to test code that calls the
 * Portal API itself. They answer all requests of global `fetch` and of `node:http` below the base
 * URL, with 404 for unknown paths. They record the requests in `state.requests`.
 *
 * msw does not see the requests of a `QuixStreamingClient`, even with `onUnhandledRequest: 'error'`.
 * Use `startPortalEmulator()` to test code with such a client. If `state` is an emulator, msw and
 * the emulator share tokens, workspaces and topics.
 *
 * Requires the package msw, version 2.
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
  return [
    http.all(`${base}/*`, async ({ request }) => {
      const result = await answerPortalRequest(state, request, basePath);
      return result === 'reset' ? Response.error() : result;
    }),
  ];
}

/**
 * Loads msw. If it is missing, a static import would fail without the hint of `portalHandlers()`.
 *
 * Loads msw's CommonJS build, also from the ES module of this package. The handlers that it creates
 * also work with `setupServer()` of msw's ES module build.
 */
function loadMsw(): typeof Msw {
  const load = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  try {
    load.resolve('msw');
  } catch (error) {
    throw new QuixError(
      'QUIX_CONFIG',
      'portalHandlers() requires the package msw, which is not installed.',
      { hint: 'Run "npm install --save-dev msw".', cause: sanitizeError(error) },
    );
  }
  return load('msw') as typeof Msw;
}
