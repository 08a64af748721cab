import type { GenericSchema } from 'valibot';
import { QuixError } from '../errors.ts';
import type { Token, TokenSelector, TokenSource } from '../token/index.ts';
import { Deadline } from './deadline.ts';
import { toRejectedError, type RequestContext } from './http-error.ts';
import { readResponse } from './read-response.ts';
import { Retries } from './retry.ts';
import { Transport, type TransportOptions } from './transport.ts';

/** One request of the Portal API and the response that it expects. */
export interface PortalRequest<T> extends Pick<
  RequestContext,
  'subject' | 'workspaceId' | 'topic'
> {
  /** Path segments below the base URL, not encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON with POST. Without it, the method is GET. */
  readonly body?: object | undefined;
  readonly schema: GenericSchema<unknown, T>;
  /** Removes secrets from the texts of the response. */
  readonly clean?: (value: T, secrets: readonly string[]) => T;
  /** Sends one attempt only. Default `false`. */
  readonly once?: boolean;
}

/** Receives what happens during Portal calls, for logs and events. */
export interface PortalObserver {
  debug(message: string): void;
  tokenRejected(token: Token): void;
  /** The Portal accepted a different token than before. */
  tokenChanged(previous: Token, current: Token): void;
  /** An operation failed. */
  failed(error: unknown): void;
}

/** Options of a {@link PortalSession}. */
export interface PortalSessionOptions extends TransportOptions {
  /** Milliseconds for a whole call, retries and token functions included. */
  readonly timeoutMs: number;
  readonly tokens: TokenSelector;
  readonly observer: PortalObserver;
}

/** Options of a {@link PortalCall}. */
export interface PortalCallOptions {
  /** Milliseconds for the whole call. Default: that of the session. */
  readonly timeoutMs?: number | undefined;
  /** Source to use in place of the client's own sources, as `rotateToken()` does. */
  readonly source?: TokenSource | undefined;
}

/** The two tokens of an environment, and those before the last rotation. */
const MAX_KNOWN_TOKENS = 4;

/**
 * Authenticated access of one client to one Portal. Owns the connections and remembers which token
 * works.
 */
export class PortalSession {
  readonly options: PortalSessionOptions;
  readonly transport: Transport;
  readonly #openCalls = new Set<PortalCall>();
  #knownTokens: readonly Token[] = [];
  #calls = 0;
  #token: Token | undefined;
  /** Number of the call that `#token` is from. */
  #tokenCall = 0;
  #closed: QuixError | undefined;

  constructor(options: PortalSessionOptions) {
    this.options = options;
    this.transport = new Transport(options);
  }

  /** HTTP requests sent so far. */
  get requests(): number {
    return this.transport.requests;
  }

  /** The last token that the Portal accepted. */
  get token(): Token | undefined {
    return this.#token;
  }

  /** The text of the last tokens used, so that messages do not repeat them. */
  get secrets(): string[] {
    return this.#knownTokens.map((token) => token.reveal());
  }

  /** Starts a call. Use it with `using`, so that its deadline timer is cleared. */
  begin(options: PortalCallOptions = {}): PortalCall {
    if (this.#closed) throw this.#closed;
    const call = new PortalCall(this, ++this.#calls, options);
    this.#openCalls.add(call);
    return call;
  }

  /** Ends a call. */
  end(call: PortalCall): void {
    this.#openCalls.delete(call);
  }

  /** Remembers a token that was sent. */
  remember(token: Token): void {
    if (this.#knownTokens.some((each) => each.sameAs(token))) return;
    this.#knownTokens = [token, ...this.#knownTokens].slice(0, MAX_KNOWN_TOKENS);
  }

  /** Makes the token of a successful call the one in use, unless a later call succeeded before. */
  accept(callNumber: number, token: Token, source: TokenSource | undefined): void {
    if (this.#closed) throw this.#closed;
    // A rotation counts as the latest call, because all open calls use the sources that it replaces.
    const number = source ? ++this.#calls : callNumber;
    if (number < this.#tokenCall) return;
    const previous = this.#token;
    this.#token = token;
    this.#tokenCall = number;
    this.options.tokens.accept(token, source);
    if (previous && !previous.sameAs(token)) this.options.observer.tokenChanged(previous, token);
  }

  /** Aborts all open calls and closes the connections. */
  async close(reason: QuixError): Promise<void> {
    this.#closed = reason;
    for (const call of this.#openCalls) call.deadline.abort(reason);
    await this.transport.close();
  }
}

/**
 * One or more requests under one deadline. Each uses the token that the previous one was accepted
 * with.
 */
export class PortalCall {
  readonly deadline: Deadline;
  readonly #session: PortalSession;
  readonly #number: number;
  readonly #source: TokenSource | undefined;
  /** Tokens of this call, in the order in which they were sent. The last one is in use. */
  readonly #tried: Token[] = [];

  constructor(session: PortalSession, number: number, { timeoutMs, source }: PortalCallOptions) {
    const { portal, timeoutMs: sessionTimeoutMs } = session.options;
    this.#session = session;
    this.#number = number;
    this.#source = source;
    this.deadline = new Deadline(timeoutMs ?? sessionTimeoutMs, portal.host);
  }

  /** The token in use. `undefined` before the first request. */
  get token(): Token | undefined {
    return this.#tried.at(-1);
  }

  /** Reads the token to start with, unless this call has one already. */
  async start(): Promise<Token> {
    const { tokens } = this.#session.options;
    const { signal } = this.deadline;
    if (this.token) return this.token;
    const token = await (this.#source ? tokens.only(this.#source, signal) : tokens.first(signal));
    return this.#use(token);
  }

  /**
   * Sends a request, with the next token after a 401 or 403.
   *
   * @throws QuixError for every failure
   */
  async send<T>(request: PortalRequest<T>): Promise<T> {
    const { observer, tokens } = this.#session.options;
    const { signal } = this.deadline;
    let token = await this.start();
    for (;;) {
      try {
        return await this.#sendWith(token, request);
      } catch (error) {
        if (!(error instanceof QuixError)) throw error;
        const { status } = error;
        if (status === 401) observer.tokenRejected(token);
        const mayTryAnother = !this.#source && (status === 401 || status === 403);
        const next = mayTryAnother ? await tokens.next(this.#tried, status, signal) : undefined;
        if (!next) throw status === 401 ? toRejectedError(error, this.#tried) : error;
        token = this.#use(next);
      }
    }
  }

  /**
   * Makes the token of this call the one in use. To be called when the whole call has succeeded.
   */
  accept(): void {
    if (this.token) this.#session.accept(this.#number, this.token, this.#source);
  }

  [Symbol.dispose](): void {
    this.deadline.clear();
    this.#session.end(this);
  }

  #use(token: Token): Token {
    this.#tried.push(token);
    this.#session.remember(token);
    return token;
  }

  async #sendWith<T>(token: Token, request: PortalRequest<T>): Promise<T> {
    const { transport, options, secrets } = this.#session;
    const { path, query, body, subject, workspaceId, topic, once = false } = request;
    const { host, origin } = options.portal;
    const { deadline } = this;
    const context = { subject, workspaceId, topic, host, origin, secrets };
    const retries = new Retries(deadline, (delayMs, { code }) => {
      options.observer.debug(`${code} for ${subject}: next attempt in ${delayMs} ms.`);
    });
    for (;;) {
      try {
        const response = await transport.send({
          method: body ? 'POST' : 'GET',
          path,
          query,
          body,
          token,
          signal: deadline.signal,
          // A server that hangs must leave time for an attempt that reaches another server.
          timeoutMs: Math.max(1_000, deadline.timeoutMs / 2),
        });
        options.observer.debug(`${host} answered the request for ${subject}: ${response.status}.`);
        return readResponse(response, request, context);
      } catch (error) {
        if (once) throw error;
        await retries.waitAfter(error);
      }
    }
  }
}
