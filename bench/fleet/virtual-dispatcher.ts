import { Dispatcher } from 'undici';
import type { RateLimitedPortal } from './rate-limited-portal.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** The latency of one direction is drawn between these limits. */
const MIN_LATENCY_MS = 5;
const MAX_LATENCY_MS = 50;

/** Delivers requests to the Portal and responses to the client without sockets, on the virtual clock. */
export class VirtualDispatcher extends Dispatcher {
  readonly #portal: RateLimitedPortal;
  readonly #clock: VirtualClock;
  readonly #random: () => number;
  /** Requests without a response. Each of them has one timer. */
  openRequests = 0;

  constructor(portal: RateLimitedPortal, clock: VirtualClock, random: () => number) {
    super();
    this.#portal = portal;
    this.#clock = clock;
    this.#random = random;
  }

  override dispatch(
    { headers }: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    this.openRequests++;
    let timer = this.#afterLatency(0, () => {
      const { authorization } = headers as Record<string, string>;
      const response = this.#portal.respond(authorization, this.#clock.now);
      timer = this.#afterLatency(response.waitMs, () => {
        this.openRequests--;
        handler.onResponseStart?.(controller, response.status, response.headers);
        handler.onResponseData?.(controller, Buffer.from(JSON.stringify(response.body)));
        handler.onResponseEnd?.(controller, {});
      });
    });
    const controller = {
      abort: (reason: Error) => {
        if (!timer.isOver) this.openRequests--;
        this.#clock.clearTimeout(timer);
        handler.onResponseError?.(controller, reason);
      },
    } as Dispatcher.DispatchController;
    handler.onRequestStart?.(controller, undefined);
    return true;
  }

  #afterLatency(extraMs: number, callback: () => void): ReturnType<VirtualClock['setTimeout']> {
    const span = MAX_LATENCY_MS - MIN_LATENCY_MS;
    return this.#clock.setTimeout(callback, extraMs + MIN_LATENCY_MS + this.#random() * span);
  }
}
