import { errorResponse, type PortalErrorShape } from './responses.ts';

/**
 * A failure that a test injects by pushing it to `faults`. If several faults match a request, the
 * first one applies. A fault is removed after it has applied to `times` requests.
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
   * Requests to which the fault applies. A string must be the end of the path, and a regular
   * expression must match the path, both without the query. A function must return `true`. Default:
   * all requests.
   */
  readonly match?: string | RegExp | ((request: Request) => boolean);
  /**
   * Number of requests to which the fault applies. With `Infinity`, it applies until the test
   * removes it. Default: 1.
   */
  readonly times?: number;
  /**
   * HTTP status of the response. Default: 200 if the fault has a `body`, otherwise the status of
   * the regular response.
   */
  readonly status?: number;
  /** Headers to add to the response, or to replace in it. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Body of the response. Strings and bytes are sent unchanged, other values as JSON. Default: the
   * regular body if the fault has no `status`, an error body for a `status` of 400 or higher, and
   * an empty body for a lower `status`.
   */
  readonly body?: unknown;
  /** Milliseconds to wait before the request is handled, in addition to `latencyMs`. Default: 0. */
  readonly delayMs?: number;
  /**
   * Fault of the connection. Default: none.
   *
   * - `reset`: The connection is closed without a response. The request has no effect.
   * - `hang`: The connection stays open without a response. The request has no effect.
   * - `truncate`: The connection is closed after half of the response body.
   * - `stall`: The connection stays open, but only half of the response body is sent.
   *
   * With msw, `reset` is a network error, and with `truncate` reading the body fails.
   */
  readonly transport?: 'reset' | 'hang' | 'truncate' | 'stall';
}

/** Returns the fault for a request, and removes it from the list or decrements its `times`. */
export function takeFault(faults: PortalFault[], request: Request): PortalFault | undefined {
  const index = faults.findIndex(({ times = 1, match }) => times > 0 && matches(match, request));
  const fault = faults[index];
  if (!fault) return undefined;
  const { times = 1 } = fault;
  // The fault is copied, because a test may push the same object again.
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

/** Returns the response that a fault defines, or `undefined` for the regular response. */
export function createFaultResponse(
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

/** Applies the headers of a fault to a response, and its transports `truncate` and `stall`. */
export async function applyFault(
  response: Response,
  { headers = {}, transport }: PortalFault,
): Promise<Response> {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return transport === 'truncate' || transport === 'stall'
    ? await cutBody(response, transport)
    : response;
}

/**
 * Returns a response that sends the first half of its body. The body then fails (`truncate`) or
 * stays open (`stall`).
 */
async function cutBody(response: Response, transport: 'truncate' | 'stall'): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  let isHalfSent = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (!isHalfSent) {
        isHalfSent = true;
        controller.enqueue(bytes.subarray(0, Math.ceil(bytes.length / 2)));
        return undefined;
      }
      if (transport === 'stall') return new Promise<never>(() => undefined);
      controller.error(new Error('The response was truncated by a fault.'));
      return undefined;
    },
  });
  const { status, headers } = response;
  headers.set('content-length', String(bytes.length));
  return new Response(body, { status, headers });
}
