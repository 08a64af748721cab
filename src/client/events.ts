import { EventEmitter } from 'eventemitter3';
import type { BrokerCredentials } from '../credentials/index.ts';
import type { QuixError } from '../errors.ts';
import { sanitizeError } from '../sanitize-error.ts';
import type { TokenDescription } from '../token/index.ts';
import type { QuixWarning } from '../warnings.ts';

/**
 * Events of a {@link QuixStreamingClient}. There is no `error` event, because an error rejects the
 * call that failed.
 */
export interface QuixClientEvents {
  /** The first credentials were obtained, or credentials that differ from the previous ones. */
  credentials: [credentials: BrokerCredentials];
  /** The Portal accepted a different token than before. */
  rotated: [change: { previous: TokenDescription; current: TokenDescription }];
  /** The Portal answered 401 to a token. The call may still succeed with another token. */
  tokenRejected: [token: TokenDescription];
  /**
   * An exchange failed while credentials were cached. Not emitted for a failed `rotateToken()`. The
   * cached credentials stay in use unless Kafka refused them.
   */
  refreshFailed: [error: QuixError];
  /** A condition that needs attention. The warning itself does not make a call fail. */
  warning: [warning: QuixWarning];
}

type Listener = (this: unknown, ...args: unknown[]) => unknown;

/** The safe version of each listener. `off` must remove the function that `on` added. */
const safeListeners = new WeakMap<Listener, Listener>();

/** Wraps a listener so that it never throws. Its first error becomes a process warning. */
function toSafeListener<T>(original: T): T {
  // eventemitter3 throws a TypeError for a listener that is not a function.
  if (typeof original !== 'function') return original;
  const listener = original as unknown as Listener;
  const known = safeListeners.get(listener);
  if (known) return known as T;
  let isReported = false;
  const reportOnce = (error: unknown): void => {
    if (isReported) return;
    isReported = true;
    const kind = typeof error === 'object' ? sanitizeError(error).name : typeof error;
    const message = `A listener of a QuixStreamingClient threw (${kind}). It was ignored.`;
    process.emitWarning(message, 'QuixWarning');
  };
  const safeListener: Listener = function (...args) {
    try {
      const result = listener.apply(this, args);
      // A promise of another realm or library is not an instance of Promise.
      Promise.resolve(result).catch(reportOnce);
    } catch (error) {
      reportOnce(error);
    }
  };
  safeListeners.set(listener, safeListener);
  // Before eventemitter3 calls a `once` listener, it passes the safe version to removeListener().
  safeListeners.set(safeListener, safeListener);
  return safeListener as T;
}

type EventMap = EventEmitter.ValidEventTypes;
type Name<E extends EventMap> = EventEmitter.EventNames<E>;
type ListenerOf<E extends EventMap, T extends Name<E>> = EventEmitter.EventListener<E, T>;

/** An emitter of eventemitter3. Errors of listeners do not affect the emitter. */
export class SafeEmitter<E extends EventMap> extends EventEmitter<E> {
  override on<T extends Name<E>>(event: T, listener: ListenerOf<E, T>, context?: unknown): this {
    return super.on(event, toSafeListener(listener), context);
  }

  override once<T extends Name<E>>(event: T, listener: ListenerOf<E, T>, context?: unknown): this {
    return super.once(event, toSafeListener(listener), context);
  }

  override off<T extends Name<E>>(
    event: T,
    listener?: ListenerOf<E, T>,
    context?: unknown,
    once?: boolean,
  ): this {
    return super.off(event, toSafeListener(listener), context, once);
  }

  override addListener<T extends Name<E>>(
    event: T,
    listener: ListenerOf<E, T>,
    context?: unknown,
  ): this {
    return this.on(event, listener, context);
  }

  override removeListener<T extends Name<E>>(
    event: T,
    listener?: ListenerOf<E, T>,
    context?: unknown,
    once?: boolean,
  ): this {
    return this.off(event, listener, context, once);
  }
}
