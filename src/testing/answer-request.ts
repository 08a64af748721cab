import { setTimeout as delay } from 'node:timers/promises';
import { errorAnswer, PortalProblem } from './answers.ts';
import { applyFault, takeFault } from './portal-fault.ts';
import type { PortalState } from './portal-state.ts';
import { recordAnswer, recordRequest } from './recorded-request.ts';
import type { Caller } from './token-registry.ts';

/** What an endpoint is asked. */
export interface Call {
  readonly state: PortalState;
  readonly caller: Caller;
  readonly request: Request;
  /** The variable parts of the path, decoded. */
  readonly params: Readonly<Partial<Record<string, string>>>;
}

/** Answers, or throws a {@link PortalProblem}. Called with an active token only. */
export type Endpoint = (call: Call) => Response | Promise<Response>;

/** What is the same for each endpoint: the log, faults, latency, and who may ask at all. */
export async function answerRequest(
  state: PortalState,
  request: Request,
  params: Call['params'],
  endpoint: Endpoint,
): Promise<Response> {
  const token = /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  const caller = state.tokens.identify(token);
  const secrets = [
    ...(token === undefined ? [] : [token]),
    ...state.tokens.all,
    ...[...state.workspaces.values()].map(({ broker }) => broker.sasl?.password ?? ''),
  ];
  const recorded = recordRequest(request, caller.label, caller.isAuthorized, secrets);
  state.requests.push(recorded);

  const fault = takeFault(state.faults, request);
  const waitMs = state.latencyMs + (fault?.delayMs ?? 0);
  if (waitMs > 0) await delay(waitMs, undefined, { signal: request.signal });
  const response = await applyFault(
    fault,
    () => answerHonestly({ state, caller, request, params }, endpoint),
    (status, message) => errorAnswer(status, message, state.errorShape),
  );
  recordAnswer(recorded, response);
  state.onRequest?.(recorded);
  return response;
}

async function answerHonestly(call: Call, endpoint: Endpoint): Promise<Response> {
  try {
    if (!call.caller.isAuthorized) throw new PortalProblem(401, 'The token is not valid.');
    return await endpoint(call);
  } catch (error) {
    if (!(error instanceof PortalProblem)) throw error;
    return errorAnswer(error.status, error.message, call.state.errorShape);
  }
}
