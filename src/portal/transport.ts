import type { Dispatcher } from 'undici';
import { ownProperties } from '../own-properties.ts';
import type { Token } from '../token/index.ts';
import { dispatch, type HttpResponse } from './dispatch.ts';
import { createDispatcher, proxyVariable, type DispatcherOptions } from './dispatcher.ts';
import type { PortalRequest } from './endpoints.ts';
import { portalPath } from './portal-url.ts';
import { toTransportError } from './transport-error.ts';

/**
 * Resolves in the next turn of the event loop. `setImmediate()` is not used, because fake timers
 * replace it, and those of sinon also replace it in the module `node:timers`. Requests would then
 * wait forever.
 */
function nextTurn(): Promise<void> {
  const { MessageChannel } = process.getBuiltinModule('node:worker_threads');
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    const receive = (): void => {
      port1.close(); // an open port keeps the process running
      resolve();
    };
    // Without options of its own, the port would use a `signal` of a changed `Object.prototype`.
    port1.addEventListener('message', receive, ownProperties({ once: true }));
    port1.start(); // Node starts a port with a listener by itself, and Deno does not
    port2.postMessage(undefined);
  });
}

/** One attempt of an HTTP request. */
export interface HttpRequest extends Pick<PortalRequest<unknown>, 'path' | 'query' | 'body'> {
  readonly token: Token;
  /** A header that is not sent. Only for `quix-auth verify`. */
  readonly omittedHeader?: 'authorization' | 'x-version' | undefined;
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
    const { path, query, body, token, omittedHeader, signal, timeoutMs } = request;
    const { portal, userAgent, env } = this.#options;
    const options: Dispatcher.DispatchOptions = ownProperties({
      origin: portal.origin,
      path: portalPath(portal, path, query),
      method: body ? 'POST' : 'GET',
      headers: {
        ...(omittedHeader !== 'authorization' && { authorization: `Bearer ${token.reveal()}` }),
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': userAgent,
        ...(omittedHeader !== 'x-version' && { 'x-version': '2.0' }), // version of the Portal API
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
      this.#connectionReleased = nextTurn();
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
    // undici reports closed sockets with queueMicrotask(), which fake timers may replace. Sockets
    // close within two turns of the event loop, so do not wait longer.
    await Promise.race([created?.destroy(), nextTurn().then(nextTurn)]);
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
