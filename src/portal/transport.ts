import type { Dispatcher } from 'undici';
import { ownProperties } from '../own-properties.ts';
import type { Token } from '../token/index.ts';
import { dispatch, type HttpResponse } from './dispatch.ts';
import { createDispatcher, proxyVariable, type DispatcherOptions } from './dispatcher.ts';
import type { PortalRequest } from './endpoints.ts';
import { portalPath } from './portal-url.ts';
import { toTransportError } from './transport-error.ts';

/** The global `setImmediate` is not used, because fake timers replace it and would block requests. */
const { setImmediate: nextTurn } = process.getBuiltinModule('node:timers');

/** One attempt of an HTTP request. */
export interface HttpRequest extends Pick<PortalRequest<unknown>, 'path' | 'query' | 'body'> {
  readonly token: Token;
  readonly signal: AbortSignal;
  /** Limit for the wait for the headers, and for each pause in the body, in milliseconds. */
  readonly timeoutMs: number;
}

export interface TransportOptions extends DispatcherOptions {
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
    const { path, query, body, token, signal, timeoutMs } = request;
    const { portal, userAgent, env } = this.#options;
    const options: Dispatcher.DispatchOptions = ownProperties({
      origin: portal.origin,
      path: portalPath(portal, path, query),
      method: body ? 'POST' : 'GET',
      headers: {
        authorization: `Bearer ${token.reveal()}`,
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': userAgent,
        'x-version': '2.0', // version of the Portal API
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    const dispatcher = await (this.#dispatcher ??= this.#createDispatcher());
    await this.#connectionReleased;
    signal.throwIfAborted();
    this.requests++;
    try {
      const response = await dispatch(dispatcher, options, signal);
      this.#connectionReleased = new Promise(nextTurn);
      return response;
    } catch (error) {
      signal.throwIfAborted();
      const proxy = this.#options.dispatcher ? undefined : proxyVariable(portal, env);
      throw toTransportError(error, portal.host, proxy);
    }
  }

  /** Closes the connections. Does not close a dispatcher that the user passed. */
  async close(): Promise<void> {
    const dispatcher = this.#dispatcher;
    this.#dispatcher = undefined;
    if (this.#options.dispatcher) return;
    const created = await dispatcher?.catch(() => undefined);
    // Fake timers may replace queueMicrotask(), with which undici reports that it has closed its
    // sockets. This takes two turns of the event loop.
    const closed = new Promise(nextTurn).then(() => new Promise(nextTurn));
    await Promise.race([created?.destroy(), closed]);
  }

  async #createDispatcher(): Promise<Dispatcher> {
    try {
      return this.#options.dispatcher ?? (await createDispatcher(this.#options));
    } catch (error) {
      this.#dispatcher = undefined; // the next request tries again
      throw error;
    }
  }
}
