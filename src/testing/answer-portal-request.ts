import { setTimeout as delay } from 'node:timers/promises';
import { applyFault, takeFault } from './portal-fault.ts';
import type { PortalState } from './portal-state.ts';
import { recordRequest, recordResponse } from './recorded-request.ts';
import { errorResponse, HttpError } from './responses.ts';
import { findEndpoint } from './routes.ts';
import type { Caller } from './token-registry.ts';

/** Largest accepted request body in bytes. A larger one is answered with 413. */
export const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Answers one request to the emulated Portal: records it, applies faults and latency, checks the
 * token and calls the endpoint.
 *
 * @param basePath Path of the Portal's base URL, which is removed from the request's path.
 * @throws AbortError if the request is aborted
 * @internal
 */
export async function answerPortalRequest(
  state: PortalState,
  request: Request,
  basePath = '',
): Promise<Response> {
  const token = /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  const caller = state.tokens.identify(token);
  const recorded = recordRequest(request, caller, secretsOf(state, token));
  state.requests.push(recorded);

  const fault = takeFault(state.faults, request);
  const waitMs = state.latencyMs + (fault?.delayMs ?? 0);
  if (waitMs > 0) await delay(waitMs, undefined, { signal: request.signal });
  const response = await applyFault(
    fault,
    () => callEndpoint(state, caller, request, basePath),
    state.errorShape,
  );
  recordResponse(recorded, response);
  state.onRequest?.(recorded);
  return response;
}

async function callEndpoint(
  state: PortalState,
  caller: Caller,
  request: Request,
  basePath: string,
): Promise<Response> {
  try {
    if (!caller.isAuthorized) throw new HttpError(401, 'The token is not valid.');
    const body = new Uint8Array(await request.arrayBuffer());
    if (body.byteLength > MAX_BODY_BYTES)
      throw new HttpError(413, `The request body is larger than ${MAX_BODY_BYTES} bytes.`);
    const path = new URL(request.url).pathname.slice(basePath.length);
    const { endpoint, params } = findEndpoint(request.method, path);
    return await endpoint({ state, caller, request, body, params });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return errorResponse(error.status, error.message, state.errorShape);
  }
}

/** Returns every text that must not appear in the recorded request. */
function secretsOf(state: PortalState, token: string | undefined): string[] {
  const passwords = [...state.workspaces.values()].map(({ broker }) => broker.sasl?.password);
  return [token, ...state.tokens.all, ...passwords].filter((secret) => secret !== undefined);
}
