import type { Dispatcher } from 'undici';
import { untilAborted } from '../abort.ts';
import { QuixError } from '../errors.ts';
import type { Token } from '../token/token.ts';
import { createDispatcher, proxyVariable, type DispatcherOptions } from './dispatcher.ts';
import { portalPath } from './portal-url.ts';
import { toTransportError } from './transport-error.ts';
import { loadUndici, type Undici } from './undici.ts';

/** No answer of the Portal comes near this; a proxy's or an attacker's may. */
const MAX_BODY_BYTES = 1024 * 1024;

/** One request. */
export interface PortalRequest {
  readonly method: 'GET' | 'POST';
  /** Path segments below the base URL, not yet encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  readonly token: Token;
  readonly signal: AbortSignal;
  /** A limit for this attempt alone, in milliseconds. */
  readonly timeoutMs: number;
}

/** What came back, whatever its status. */
export interface PortalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** How a {@link Transport} is made. */
export interface TransportOptions extends DispatcherOptions {
  readonly portal: URL;
  readonly userAgent: string;
  readonly dispatcher?: Dispatcher | undefined;
}

/** Speaks HTTP: one method, one attempt, one answer or one error of ours. */
export class Transport {
  readonly #options: TransportOptions;
  #undici: Undici | undefined;
  #dispatcher: Dispatcher | undefined;
  #requests = 0;
  /** undici takes a connection up again a turn after an answer; a request before that opens another. */
  #connectionFree: Promise<unknown> | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Sent so far. */
  get requests(): number {
    return this.#requests;
  }

  async send(request: PortalRequest): Promise<PortalAnswer> {
    const { method, path, query, body, token, signal, timeoutMs } = request;
    const { portal, userAgent, env } = this.#options;
    const target = portalPath(portal, path, query);
    const undici = (this.#undici ??= await loadUndici());
    await this.#connectionFree;
    signal.throwIfAborted();
    const dispatcher = (this.#dispatcher ??= this.#createDispatcher(undici));
    this.#requests++;
    try {
      const sent = undici.request(dispatcher, {
        origin: portal.origin,
        path: target,
        method,
        headers: {
          authorization: `Bearer ${token.reveal()}`,
          accept: 'application/json',
          'accept-encoding': 'identity',
          'user-agent': userAgent,
          'x-version': '2.0',
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      // undici heeds the signal only once there is a connection.
      const answer = await untilAborted(sent, signal);
      const { statusCode: status, headers } = answer;
      const text = await readBody(answer.body);
      this.#connectionFree = new Promise(setImmediate);
      if (text !== undefined) return { status, headers, text };
      // An error is told by its status; what else it says is no loss.
      if (status < 200 || status >= 300) return { status, headers, text: '' };
    } catch (error) {
      signal.throwIfAborted();
      const proxy = this.#options.dispatcher ? undefined : proxyVariable(portal, env);
      throw toTransportError(error, portal.host, proxy);
    }
    throw new QuixError(
      'QUIX_BAD_RESPONSE',
      `${portal.host} answered with more than ${MAX_BODY_BYTES} bytes.`,
      { hint: 'Check the Portal URL.' },
    );
  }

  /** Closes the connections; a dispatcher that the caller passed is the caller's to close. */
  async close(): Promise<void> {
    if (this.#options.dispatcher === undefined) await this.#dispatcher?.destroy();
    this.#dispatcher = undefined;
  }

  #createDispatcher(undici: Undici): Dispatcher {
    return (
      this.#options.dispatcher ?? createDispatcher(undici, this.#options.portal, this.#options)
    );
  }
}

/** `undefined` when it is longer than allowed: the rest is not read. */
async function readBody(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined; // leaving the loop destroys the stream
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
