import type { Dispatcher } from 'undici';
import { QuixError } from '../errors.ts';
import type { Token } from '../token/index.ts';
import { dispatch, MAX_BODY_BYTES, type DispatchedResponse } from './dispatch.ts';
import { createDispatcher, proxyVariable, type DispatcherOptions } from './dispatcher.ts';
import { portalPath } from './portal-url.ts';
import { toTransportError } from './transport-error.ts';

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

/** Sends HTTP requests to the Portal. One call is one attempt. */
export class Transport {
  /** Requests sent so far. */
  requests = 0;
  readonly #options: TransportOptions;
  #dispatcher: Promise<Dispatcher> | undefined;
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
    const options = {
      origin: portal.origin,
      path: portalPath(portal, path, query),
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
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    };
    const dispatcher = await (this.#dispatcher ??= this.#createDispatcher());
    await this.#connectionReleased;
    signal.throwIfAborted();
    this.requests++;
    let response: DispatchedResponse;
    try {
      response = await dispatch(dispatcher, options, signal);
      this.#connectionReleased = new Promise(setImmediate);
    } catch (error) {
      signal.throwIfAborted();
      const proxy = this.#options.dispatcher ? undefined : proxyVariable(portal, env);
      throw toTransportError(error, portal.host, proxy);
    }
    const { status, headers, text } = response;
    if (text === undefined && status >= 200 && status < 300) {
      const summary = `The response of ${portal.host} is longer than ${MAX_BODY_BYTES} bytes.`;
      throw new QuixError('QUIX_BAD_RESPONSE', summary, { hint: 'Check the Portal URL.' });
    }
    // The status of an error is enough without its body.
    return { status, headers, text: text ?? '' };
  }

  /** Closes the connections. Does not close a dispatcher that the user passed. */
  async close(): Promise<void> {
    const dispatcher = this.#dispatcher;
    this.#dispatcher = undefined;
    if (this.#options.dispatcher) return;
    await (await dispatcher?.catch(() => undefined))?.destroy();
  }

  async #createDispatcher(): Promise<Dispatcher> {
    const { dispatcher, portal } = this.#options;
    try {
      return dispatcher ?? (await createDispatcher(portal, this.#options));
    } catch (error) {
      this.#dispatcher = undefined; // the next request tries again
      throw error;
    }
  }
}
