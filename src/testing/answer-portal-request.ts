import { setTimeout as delay } from 'node:timers/promises';
import { applyFault, createFaultResponse, takeFault, type PortalFault } from './portal-fault.ts';
import type { PortalState } from './portal-state.ts';
import { completeRecord, createRecord } from './recorded-request.ts';
import { readBody } from './request-body.ts';
import { EndpointError, errorResponse } from './responses.ts';
import { findEndpoint } from './routes.ts';
import type { Caller } from './token-registry.ts';

/**
 * The response to a request, or `reset` if the connection is closed without a response.
 *
 * @internal
 */
export type PortalResult = Response | 'reset';

/**
 * Answers one request to the emulated Portal: records it, applies faults and latency, checks the
 * token and calls the endpoint. The fault `hang` makes the promise stay pending.
 *
 * @param basePath Path of the Portal's base URL, which is removed from the request's path.
 * @throws AbortError if the request is aborted during its delay
 * @internal
 */
export async function answerPortalRequest(
  state: PortalState,
  request: Request,
  basePath = '',
): Promise<PortalResult> {
  const token = /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  const caller = state.tokens.identify(token);
  const record = createRecord(request, caller, secretsOf(state, token));
  state.requests.push(record);

  const fault = takeFault(state.faults, request);
  const waitMs = state.latencyMs + (fault?.delayMs ?? 0);
  if (waitMs > 0) await delay(waitMs, undefined, { signal: request.signal });
  if (fault?.transport === 'hang') return new Promise<never>(() => undefined);
  const result =
    fault?.transport === 'reset'
      ? 'reset'
      : await respond({ state, caller, request, basePath }, fault);
  completeRecord(record, result === 'reset' ? undefined : result.status);
  state.onRequest?.(record);
  return result;
}

interface IdentifiedRequest {
  readonly state: PortalState;
  readonly caller: Caller;
  readonly request: Request;
  readonly basePath: string;
}

/** Returns the response that the fault defines, else the regular one, with the fault's changes. */
async function respond(
  identified: IdentifiedRequest,
  fault: PortalFault | undefined,
): Promise<Response> {
  if (!fault) return await callEndpoint(identified);
  const response =
    createFaultResponse(fault, identified.state.errorShape) ?? (await callEndpoint(identified));
  return await applyFault(response, fault);
}

async function callEndpoint({
  state,
  caller,
  request,
  basePath,
}: IdentifiedRequest): Promise<Response> {
  try {
    if (!caller.isAuthenticated) throw new EndpointError(401, 'The token is not valid.');
    const body = await readBody(request);
    const path = new URL(request.url).pathname.slice(basePath.length);
    const { endpoint, params } = findEndpoint(request.method, path);
    return endpoint({ state, caller, request, body, params });
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error;
    return errorResponse(error.status, error.message, state.errorShape);
  }
}

/** Returns every text that must not appear in the recorded request. */
function secretsOf(state: PortalState, token: string | undefined): string[] {
  const passwords = [...state.workspaces.values()].map(({ broker }) => broker.sasl?.password);
  return [token, ...state.tokens.all, ...passwords].filter((secret) => secret !== undefined);
}
