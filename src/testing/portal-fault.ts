import { errorResponse, type PortalErrorShape } from './responses.ts';

/**
 * A failure to inject, pushed to `faults`. The first fault that matches a request applies to it, and
 * is removed after `times` requests.
 *
 * @example
 * ```ts
 * import { startPortalEmulator } from 'quix-streams-auth/testing';
 *
 * const portal = await startPortalEmulator();
 * portal.faults.push({ status: 503, times: 2 }); // the next two requests
 * portal.faults.push({ match: '/broker/librdkafka', transport: 'reset' });
 * portal.faults.push({ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' });
 * ```
 */
export interface PortalFault {
  /**
   * Selects requests: by the end of the path, by a regular expression for the path, or by a function.
   * The path has no query. Default: every request.
   */
  readonly match?: string | RegExp | ((request: Request) => boolean);
  /** Number of requests. `Infinity` keeps the fault until it is removed. Default: 1. */
  readonly times?: number;
  /** HTTP status of the response. Default: 200 with a `body`, otherwise the regular response. */
  readonly status?: number;
  /** Headers to set on the response, also on the regular one. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Body of the response. Strings and bytes are sent unchanged, other values as JSON. Default: an
   * error body for a status of 400 or higher, otherwise none.
   */
  readonly body?: unknown;
  /** Delay in milliseconds before anything else, in addition to `latencyMs`. Default: 0. */
  readonly delayMs?: number;
  /**
   * What happens to the connection. Default: nothing.
   *
   * - `reset`: closed without a response. The request has no effect.
   * - `hang`: kept open without a response. The request has no effect.
   * - `truncate`: closed after half of the response body.
   * - `stall`: kept open after half of the response body.
   *
   * With msw, `reset` is a network error, and `truncate` makes reading the body fail.
   */
  readonly transport?: 'reset' | 'hang' | 'truncate' | 'stall';
}

/** Returns the fault for a request, and removes it from the list or decrements its `times`. */
export function takeFault(faults: PortalFault[], request: Request): PortalFault | undefined {
  const index = faults.findIndex(({ times = 1, match }) => times > 0 && matches(match, request));
  const fault = faults[index];
  if (!fault) return undefined;
  const { times = 1 } = fault;
  // Replaced and not changed, because a test may push the same object again.
  if (times > 1) faults[index] = { ...fault, times: times - 1 };
  else faults.splice(index, 1);
  return fault;
}

function matches(match: PortalFault['match'], request: Request): boolean {
  if (match === undefined) return true;
  if (typeof match === 'function') return match(request);
  const path = new URL(request.url).pathname;
  return typeof match === 'string' ? path.endsWith(match) : path.search(match) >= 0;
}

/** Returns the response for a request with a fault. `respond` creates the regular response. */
export async function applyFault(
  fault: PortalFault | undefined,
  respond: () => Promise<Response>,
  errorShape: PortalErrorShape,
): Promise<Response> {
  if (!fault) return respond();
  if (fault.transport === 'reset') return Response.error();
  if (fault.transport === 'hang') return new Promise<never>(() => undefined);
  const response = faultResponse(fault, errorShape) ?? (await respond());
  for (const [name, value] of Object.entries(fault.headers ?? {}))
    response.headers.set(name, value);
  return fault.transport ? cutBody(response, fault.transport) : response;
}

/** Creates the response that a fault defines, if it defines one. */
function faultResponse(
  { status, body }: PortalFault,
  errorShape: PortalErrorShape,
): Response | undefined {
  if (body === undefined) {
    if (status === undefined) return undefined;
    if (status >= 400) return errorResponse(status, 'An emulated fault.', errorShape);
    return new Response(null, { status });
  }
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  return new Response(isRaw ? body : JSON.stringify(body), {
    status: status ?? 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
  });
}

/** Returns a response whose body fails or stalls after its first half. */
async function cutBody(response: Response, how: 'truncate' | 'stall'): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  let isHalfSent = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (!isHalfSent) {
        isHalfSent = true;
        controller.enqueue(bytes.subarray(0, Math.ceil(bytes.length / 2)));
        return undefined;
      }
      if (how === 'stall') return new Promise<never>(() => undefined);
      controller.error(new Error('The emulated connection was cut.'));
      return undefined;
    },
  });
  const { status, headers } = response;
  headers.set('content-length', String(bytes.length));
  return new Response(body, { status, headers });
}
