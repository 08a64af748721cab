import { EventEmitter } from 'eventemitter3';
import type { BrokerCredentials } from '../credentials/index.ts';
import type { QuixError } from '../errors.ts';
import { sanitizeError } from '../sanitize-error.ts';
import type { TokenDescription } from '../token/index.ts';
import type { QuixWarning } from '../warnings.ts';

/**
 * Events of a {@link QuixStreamingClient}. There is no `error` event. An error rejects the call
 * that failed.
 */
export interface QuixClientEvents {
  /** The first credentials were obtained, or credentials that differ from the previous ones. */
  credentials: [credentials: BrokerCredentials];
  /** The Portal accepted a different token than before. */
  rotated: [change: { previous: TokenDescription; current: TokenDescription }];
  /** The Portal answered 401 to a token. Another token may be accepted after that. */
  tokenRejected: [token: TokenDescription];
  /**
   * An exchange failed while credentials were cached. They stay in use unless Kafka refused them.
   */
  refreshFailed: [error: QuixError];
  /** A condition that needs attention but did not stop anything. */
  warning: [warning: QuixWarning];
}

type Listener = (this: unknown, ...args: unknown[]) => unknown;

/** Wrapper of each listener, so that `off` finds the wrapper that `on` added. */
const wrappers = new WeakMap<Listener, Listener>();

function report(error: unknown): void {
  const kind = typeof error === 'object' ? sanitizeError(error).name : typeof error;
  process.emitWarning(
    `A listener of a QuixStreamingClient threw (${kind}). It was ignored.`,
    'QuixWarning',
  );
}

/**
 * Returns a listener whose errors do not affect the client or other listeners. They are reported
 * once.
 */
function wrap(listener: Listener): Listener {
  const known = wrappers.get(listener);
  if (known) return known;
  if (typeof listener !== 'function') return listener; // eventemitter3 throws the error for it
  let isReported = false;
  const reportOnce = (error: unknown): void => {
    if (!isReported) report(error);
    isReported = true;
  };
  const wrapper: Listener = function (...args) {
    try {
      const result = listener.apply(this, args);
      if (result instanceof Promise) result.catch(reportOnce);
    } catch (error) {
      reportOnce(error);
    }
  };
  wrappers.set(listener, wrapper);
  // eventemitter3 removes a `once` listener by the function that it was given, which is the
  // wrapper.
  wrappers.set(wrapper, wrapper);
  return wrapper;
}

/** An eventemitter3 emitter whose `emit` never throws. */
export class SafeEmitter<Events extends EventEmitter.ValidEventTypes> extends EventEmitter<Events> {
  override on<T extends EventEmitter.EventNames<Events>>(
    event: T,
    listener: EventEmitter.EventListener<Events, T>,
    context?: unknown,
  ): this {
    return super.on(event, wrap(listener as Listener) as typeof listener, context);
  }

  override addListener<T extends EventEmitter.EventNames<Events>>(
    event: T,
    listener: EventEmitter.EventListener<Events, T>,
    context?: unknown,
  ): this {
    return this.on(event, listener, context);
  }

  override once<T extends EventEmitter.EventNames<Events>>(
    event: T,
    listener: EventEmitter.EventListener<Events, T>,
    context?: unknown,
  ): this {
    return super.once(event, wrap(listener as Listener) as typeof listener, context);
  }

  override off<T extends EventEmitter.EventNames<Events>>(
    event: T,
    listener?: EventEmitter.EventListener<Events, T>,
    context?: unknown,
    once?: boolean,
  ): this {
    const wrapper = listener && (wrap(listener as Listener) as typeof listener);
    return super.off(event, wrapper, context, once);
  }

  override removeListener<T extends EventEmitter.EventNames<Events>>(
    event: T,
    listener?: EventEmitter.EventListener<Events, T>,
    context?: unknown,
    once?: boolean,
  ): this {
    return this.off(event, listener, context, once);
  }
}
