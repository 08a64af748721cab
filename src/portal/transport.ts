import type { Dispatcher } from 'undici';
import { untilAborted } from '../abort.ts';
import { QuixError } from '../errors.ts';
import type { Token } from '../token/index.ts';
import { createDispatcher, proxyVariable, type DispatcherOptions } from './dispatcher.ts';
import { portalPath } from './portal-url.ts';
import { toTransportError } from './transport-error.ts';
import { loadUndici, type Undici } from './undici.ts';

/** Limit for a response body. The Portal does not send longer ones. */
const MAX_BODY_BYTES = 1024 * 1024;

/** One attempt of an HTTP request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Path segments below the base URL, not encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  readonly token: Token;
  readonly signal: AbortSignal;
  /** Limit for the wait for the headers, and for each pause in the body, in milliseconds. */
  readonly timeoutMs: number;
}

/** A complete response of any status. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface TransportOptions extends DispatcherOptions {
  readonly portal: URL;
  readonly userAgent: string;
  readonly dispatcher?: Dispatcher | undefined;
}

interface HttpClient {
  readonly undici: Undici;
  readonly dispatcher: Dispatcher;
}

/** Sends HTTP requests to the Portal. One call is one attempt. */
export class Transport {
  /** Requests sent so far. */
  requests = 0;
  readonly #options: TransportOptions;
  #client: Promise<HttpClient> | undefined;
  /**
   * Resolves one event-loop turn after a response. A request that starts earlier opens a second
   * connection, because undici has not released the first one yet.
   */
  #connectionReleased: Promise<unknown> | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Sends one request and reads the whole response. An abort fails with the signal's reason. */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const { method, path, query, body, token, signal, timeoutMs } = request;
    const { portal, userAgent, env } = this.#options;
    const target = portalPath(portal, path, query);
    const { undici, dispatcher } = await (this.#client ??= this.#loadClient());
    await this.#connectionReleased;
    signal.throwIfAborted();
    this.requests++;
    let text: string | undefined;
    let response: Dispatcher.ResponseData;
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
      // undici ignores the signal until it has a connection.
      response = await untilAborted(sent, signal);
      text = await readBody(response.body);
      this.#connectionReleased = new Promise(setImmediate);
    } catch (error) {
      signal.throwIfAborted();
      const proxy = this.#options.dispatcher ? undefined : proxyVariable(portal, env);
      throw toTransportError(error, portal.host, proxy);
    }
    const { statusCode: status, headers } = response;
    if (text === undefined && status >= 200 && status < 300) {
      const summary = `The response of ${portal.host} is longer than ${MAX_BODY_BYTES} bytes.`;
      throw new QuixError('QUIX_BAD_RESPONSE', summary, { hint: 'Check the Portal URL.' });
    }
    // The status of an error is enough without its body.
    return { status, headers, text: text ?? '' };
  }

  /** Closes the connections. Does not close a dispatcher that the user passed. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (this.#options.dispatcher) return;
    const { dispatcher } = (await client?.catch(() => undefined)) ?? {};
    await dispatcher?.destroy();
  }

  async #loadClient(): Promise<HttpClient> {
    const { dispatcher, portal } = this.#options;
    try {
      const undici = await loadUndici();
      return { undici, dispatcher: dispatcher ?? (await createDispatcher(portal, this.#options)) };
    } catch (error) {
      this.#client = undefined; // the next request tries again
      throw error;
    }
  }
}

/** Reads a response body. Stops at the limit and returns `undefined`. */
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
