import { EventEmitter } from 'eventemitter3';
import type { BrokerCredentials } from './credentials/index.ts';
import type { QuixError } from './errors.ts';
import { sanitizeError } from './sanitize-error.ts';
import type { TokenDescription } from './token/index.ts';
import type { QuixWarning } from './warnings.ts';

/** The events of a {@link QuixStreamingClient}. There is no `error` event: errors reject the call that met them. */
export interface QuixClientEvents {
  /** The first credentials, or ones that differ from those before. */
  credentials: [credentials: BrokerCredentials];
  /** An exchange succeeded with another token than the one before. */
  rotated: [change: { previous: TokenDescription; current: TokenDescription }];
  /** The Portal answered 401 to a token; another one may still have been accepted. */
  tokenRejected: [token: TokenDescription];
  /** A refresh failed while credentials were held; `error.retryable` tells whether they are still good. */
  refreshFailed: [error: QuixError];
  /** Something to look at that did not stop anything. */
  warning: [warning: QuixWarning];
}

type Listener = (this: unknown, ...args: unknown[]) => unknown;

/** One guard for each listener, so that `off` finds what `on` added. Holds functions, no values. */
const guards = new WeakMap<Listener, Listener>();

function report(error: unknown): void {
  const kind = typeof error === 'object' ? sanitizeError(error).name : typeof error;
  process.emitWarning(
    `A listener of a QuixStreamingClient threw (${kind}). It was ignored.`,
    'QuixWarning',
  );
}

/** A listener's fault is its owner's: it stops neither the exchange nor the other listeners. */
function guard(listener: Listener): Listener {
  const known = guards.get(listener);
  if (known) return known;
  if (typeof listener !== 'function') return listener; // eventemitter3 says what is wrong with it
  let isReported = false;
  const reportOnce = (error: unknown): void => {
    if (!isReported) report(error);
    isReported = true;
  };
  const guarded: Listener = function (...args) {
    try {
      const result = listener.apply(this, args);
      if (result instanceof Promise) result.catch(reportOnce);
    } catch (error) {
      reportOnce(error);
    }
  };
  guards.set(listener, guarded);
  guards.set(guarded, guarded); // eventemitter3 removes what it called once by what it was given
  return guarded;
}

/** eventemitter3 whose listeners cannot harm the one who emits. */
export class SafeEmitter<Events extends EventEmitter.ValidEventTypes> extends EventEmitter<Events> {
  override on<T extends EventEmitter.EventNames<Events>>(
    event: T,
    listener: EventEmitter.EventListener<Events, T>,
    context?: unknown,
  ): this {
    return super.on(event, guard(listener as Listener) as typeof listener, context);
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
    return super.once(event, guard(listener as Listener) as typeof listener, context);
  }

  override off<T extends EventEmitter.EventNames<Events>>(
    event: T,
    listener?: EventEmitter.EventListener<Events, T>,
    context?: unknown,
    once?: boolean,
  ): this {
    const guarded = listener && (guard(listener as Listener) as typeof listener);
    return super.off(event, guarded, context, once);
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
