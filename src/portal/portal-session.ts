import { QuixError } from '../errors.ts';
import { errorFields, type QuixLogFields } from '../logger.ts';
import { ownProperties } from '../own-properties.ts';
import { Redactor, type Token, type TokenSelector, type TokenSource } from '../token/index.ts';
import type { Warn } from '../warnings.ts';
import { Deadline } from './deadline.ts';
import type { PortalRequest } from './endpoints.ts';
import { toRejectedError } from './http-error.ts';
import { sendUntilAnswered } from './open-attempts.ts';
import { readResponse } from './read-response.ts';
import { Transport, type TransportOptions } from './transport.ts';

/** Receives the events of Portal calls. */
export interface PortalObserver {
  /** Receives a log line about a request. */
  debug(message: string, fields: QuixLogFields): void;
  /** Receives the warnings about responses. */
  readonly warn: Warn;
  /** A call to the Portal begins. */
  callOpened(): void;
  /** The Portal, or the service at this host, answered 401 to a token. */
  tokenRejected(token: Token, service?: string): void;
  /** The Portal accepted a different token than before. */
  tokenChanged(previous: Token, current: Token): void;
}

export interface PortalSessionOptions extends TransportOptions {
  /** Time limit of a whole call in milliseconds, including retries and token functions. */
  readonly timeoutMs: number;
  readonly tokens: TokenSelector;
  readonly observer: PortalObserver;
}

export interface PortalCallOptions {
  /** Time limit of the whole call in milliseconds. Default: `timeoutMs` of the session. */
  readonly timeoutMs?: number | undefined;
  /** Source of a token for `rotateToken()`. The call reads no other source. */
  readonly source?: TokenSource | undefined;
  /** Whether Kafka clients cannot log in until the call succeeds. Attempts are closer together. */
  readonly isUrgent?: boolean | undefined;
}

/** Limit for remembered tokens: two of the environment, and two from before the last rotation. */
const MAX_KNOWN_TOKENS = 4;
/** Limit for remembered passwords and keys. The settings of one broker contain a few of them. */
const MAX_KNOWN_PASSWORDS = 8;

/** Authenticated access of one client to one Portal. Owns the connections and the token in use. */
export class PortalSession {
  readonly options: PortalSessionOptions;
  readonly transport: Transport;
  /** Deadlines of open calls and controllers of open `fetch()` requests. `close()` aborts them. */
  readonly openCalls = new Set<Pick<Deadline, 'abort'>>();
  #knownTokens: readonly Token[] = [];
  #knownPasswords: readonly string[] = [];
  #calls = 0;
  #token: Token | undefined;
  #tokenInUseSince: Date | undefined;
  /** Number of the call that put `#token` in use. A rotation gets a number of its own. */
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

  /** When the Portal first accepted `token`. */
  get tokenInUseSince(): Date | undefined {
    return this.#tokenInUseSince;
  }

  /** The last tokens that were sent, and the last passwords. Messages must not contain them. */
  get secrets(): string[] {
    return [...this.#knownTokens.map((token) => token.reveal()), ...this.#knownPasswords];
  }

  /** Opens a call. Declare it with `using`, so that its timer is cleared at the end. */
  openCall(options: PortalCallOptions = {}): PortalCall {
    if (this.#closed) throw this.#closed;
    this.options.observer.callOpened();
    const call = new PortalCall(this, ++this.#calls, ownProperties(options));
    this.openCalls.add(call.deadline);
    return call;
  }

  /** Remembers a token that is about to be sent. */
  rememberToken(token: Token): void {
    if (this.#knownTokens.some((each) => each.sameAs(token))) return;
    this.#knownTokens = [token, ...this.#knownTokens].slice(0, MAX_KNOWN_TOKENS);
  }

  /** Remembers a password or key of the broker, so that it is removed from later responses. */
  rememberPassword(password: string): void {
    const others = this.#knownPasswords.filter((each) => each !== password);
    this.#knownPasswords = [password, ...others].slice(0, MAX_KNOWN_PASSWORDS);
  }

  /** Puts the token of a successful call in use. A call that was opened later has precedence. */
  putInUse(callNumber: number, token: Token, source: TokenSource | undefined): void {
    if (this.#closed) throw this.#closed;
    // A rotation replaces the token sources. Its number is higher than those of all open calls, so
    // that a call with a token from an old source cannot replace the new token.
    const number = source ? ++this.#calls : callNumber;
    if (number < this.#tokenCall) return;
    const previous = this.#token;
    if (!token.sameAs(previous)) this.#tokenInUseSince = new Date();
    this.#token = token;
    this.#tokenCall = number;
    this.options.tokens.accept(token, source);
    if (previous && !previous.sameAs(token)) this.options.observer.tokenChanged(previous, token);
  }

  /** Aborts all open calls and closes the connections. */
  async close(reason: QuixError): Promise<void> {
    this.#closed = reason;
    for (const call of this.openCalls) call.abort(reason);
    await this.transport.close();
  }
}

/** Requests that share a deadline and a token. After a rejection, they share the next token. */
export class PortalCall {
  readonly deadline: Deadline;
  readonly #session: PortalSession;
  /** Position among the calls of the session, in the order in which they were opened. */
  readonly number: number;
  readonly #source: TokenSource | undefined;
  readonly #isUrgent: boolean;
  /** Tokens of this call in the order in which they are sent. The last one is the current one. */
  readonly #tried: Token[] = [];

  constructor(session: PortalSession, number: number, callOptions: PortalCallOptions) {
    const { options } = session;
    const { timeoutMs, source, isUrgent = false } = callOptions;
    this.#session = session;
    this.number = number;
    this.#source = source;
    this.#isUrgent = isUrgent;
    this.deadline = new Deadline(timeoutMs ?? options.timeoutMs, options.portal.host);
  }

  /** The current token. `undefined` before the first one was read. */
  get token(): Token | undefined {
    return this.#tried.at(-1);
  }

  /** Returns the current token. Reads the first one from its source. */
  async loadToken(): Promise<Token> {
    if (this.token) return this.token;
    const { tokens } = this.#session.options;
    const { signal } = this.deadline;
    const source = this.#source;
    return this.#add(await (source ? tokens.readSource(source, signal) : tokens.readFirst(signal)));
  }

  /** Sends a request. After a 401 or 403, repeats it with the next token, if there is one. */
  async send<T>(request: PortalRequest<T>): Promise<T> {
    const { observer, tokens } = this.#session.options;
    const { signal } = this.deadline;
    let token = await this.loadToken();
    for (;;) {
      try {
        return await this.#sendWith(token, ownProperties(request));
      } catch (error) {
        if (!(error instanceof QuixError)) throw error;
        const { status } = error;
        if (status === 401) observer.tokenRejected(token);
        const mayTryAnother = !this.#source && (status === 401 || status === 403);
        const next = mayTryAnother ? await tokens.readNext(this.#tried, status, signal) : undefined;
        if (!next) throw status === 401 ? toRejectedError(error, this.#tried) : error;
        token = this.#add(next);
      }
    }
  }

  /** Puts the current token in use. The caller calls this when the whole call has succeeded. */
  acceptToken(): void {
    if (this.token) this.#session.putInUse(this.number, this.token, this.#source);
  }

  [Symbol.dispose](): void {
    this.#end();
  }

  /** Jest 29 has no `Symbol.dispose`. There, code compiled from `using` calls this method. */
  [Symbol.for('Symbol.dispose')](): void {
    this.#end();
  }

  #end(): void {
    this.deadline.clear();
    this.#session.openCalls.delete(this.deadline);
  }

  #add(token: Token): Token {
    this.#tried.push(token);
    this.#session.rememberToken(token);
    return token;
  }

  #sendWith<T>(token: Token, request: PortalRequest<T>): Promise<T> {
    const { observer, portal } = this.#session.options;
    const { subject, noRetry } = request;
    return sendUntilAnswered((signal) => this.#attempt(token, request, signal), {
      deadline: this.deadline,
      isUrgent: this.#isUrgent,
      noRetry,
      onRetry: (delayMs, error) => {
        const problem = error
          ? `failed (${error.code})`
          : `has not been answered by ${portal.host} yet`;
        observer.debug(
          `The request for ${subject} ${problem}. The next attempt starts in ${delayMs} ms.`,
          { event: 'retry', request: subject, ...(error && errorFields(error)), delayMs },
        );
      },
    });
  }

  /** Sends the request once, and reads the response. */
  async #attempt<T>(token: Token, request: PortalRequest<T>, signal: AbortSignal): Promise<T> {
    const { transport, options, secrets } = this.#session;
    const { portal, observer } = options;
    const { path, query, body, subject } = request;
    const { timeoutMs } = this.deadline;
    const response = await transport.send({ path, query, body, token, signal, timeoutMs });
    observer.debug(
      `${portal.host} answered the request for ${subject} with status ${response.status}.`,
      { event: 'request', request: subject, httpStatus: response.status },
    );
    return readResponse(response, request, {
      portal,
      redactor: new Redactor(secrets),
      warn: observer.warn.bind(observer),
    });
  }
}
