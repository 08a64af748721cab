/**
 * What shall go wrong, pushed to `faults`. The first one that matches a request is used for it, and
 * removed when it has been used `times` times.
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
   * Text that the path ends with, an expression that it matches, or a function of the request. The
   * path has no query. Default: every request.
   */
  readonly match?: string | RegExp | ((request: Request) => boolean);
  /** How many requests it is used for; `Infinity` until it is taken out. Default: 1. */
  readonly times?: number;
  /** Answers this instead of the real answer. Default: 200 with a `body`, else the real answer. */
  readonly status?: number;
  /** Headers set on the answer, the real one too. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Text and bytes are sent as they are, anything else as JSON. Default: an error body for a status
   * from 400 on, else nothing.
   */
  readonly body?: unknown;
  /** Milliseconds to wait before anything else happens, in addition to `latencyMs`. Default: 0. */
  readonly delayMs?: number;
  /**
   * What happens to the connection. Default: nothing.
   *
   * - `reset`: closed without an answer, and without the request being carried out.
   * - `hang`: stays open without an answer, and without the request being carried out.
   * - `truncate`: closed after half of the answer's body.
   * - `stall`: stays open after half of the answer's body.
   *
   * For a `fetch` that msw intercepts: a network error, no end, a body that fails, a body without end.
   */
  readonly transport?: 'reset' | 'hang' | 'truncate' | 'stall';
}

/** Takes the fault for this request out of the list, or counts it down there. */
export function takeFault(faults: PortalFault[], request: Request): PortalFault | undefined {
  const index = faults.findIndex(({ times = 1, match }) => times > 0 && matches(match, request));
  const fault = faults[index];
  if (!fault) return undefined;
  const { times = 1 } = fault;
  // A copy: the pushed object is its owner's, who may push it again.
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

/** The answer with the fault in it; `answer` gives the real one. */
export async function applyFault(
  fault: PortalFault | undefined,
  answer: () => Promise<Response>,
  errorAnswer: (status: number, message: string) => Response,
): Promise<Response> {
  if (!fault) return answer();
  if (fault.transport === 'reset') return Response.error();
  if (fault.transport === 'hang') return new Promise<never>(() => undefined);
  const { status, headers = {}, body } = fault;
  const isReal = status === undefined && body === undefined;
  const response = isReal ? await answer() : syntheticAnswer(status ?? 200, body, errorAnswer);
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return fault.transport ? cutAnswer(response, fault.transport) : response;
}

function syntheticAnswer(
  status: number,
  body: unknown,
  errorAnswer: (status: number, message: string) => Response,
): Response {
  if (body === undefined && status >= 400) return errorAnswer(status, 'An emulated fault.');
  if (body === undefined) return new Response(null, { status });
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  return new Response(isRaw ? body : JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
  });
}

/** The first half of the body, then an error or nothing at all. */
async function cutAnswer(response: Response, how: 'truncate' | 'stall'): Promise<Response> {
  const whole = new Uint8Array(await response.arrayBuffer());
  let isBegun = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (!isBegun) controller.enqueue(whole.subarray(0, Math.ceil(whole.length / 2)));
      else if (how === 'truncate') controller.error(new Error('The emulated connection is cut.'));
      else return new Promise<never>(() => undefined);
      isBegun = true;
      return undefined;
    },
  });
  const { status, headers } = response;
  headers.set('content-length', String(whole.length));
  return new Response(body, { status, headers });
}
