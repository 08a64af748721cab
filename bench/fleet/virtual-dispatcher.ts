import { Dispatcher } from 'undici';
import type { RateLimitedPortal } from './rate-limited-portal.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** The handler that `undici.request()` of undici 7 passes to a dispatcher. Its types mark it as optional. */
interface Handler {
  onConnect(abort: (reason?: Error) => void): void;
  onHeaders(status: number, lines: Buffer[], resume: () => void, statusText: string): void;
  onData(chunk: Buffer): void;
  onComplete(trailers: string[]): void;
  onError(error: Error): void;
}

/** The latency of one direction is drawn between these limits. */
const MIN_LATENCY_MS = 5;
const MAX_LATENCY_MS = 50;

/** Delivers requests to the Portal and responses to the client without sockets, on the virtual clock. */
export class VirtualDispatcher extends Dispatcher {
  readonly #portal: RateLimitedPortal;
  readonly #clock: VirtualClock;
  readonly #random: () => number;

  constructor(portal: RateLimitedPortal, clock: VirtualClock, random: () => number) {
    super();
    this.#portal = portal;
    this.#clock = clock;
    this.#random = random;
  }

  override dispatch(
    { headers }: Dispatcher.DispatchOptions,
    dispatchHandler: Dispatcher.DispatchHandler,
  ): boolean {
    const handler = dispatchHandler as unknown as Handler;
    let timer = this.#afterLatency(() => {
      const { authorization } = headers as Record<string, string>;
      const response = this.#portal.respond(authorization, this.#clock.now);
      timer = this.#afterLatency(() => {
        const lines = Object.entries(response.headers).flat();
        handler.onHeaders(
          response.status,
          lines.map((line) => Buffer.from(line)),
          () => undefined,
          '',
        );
        handler.onData(Buffer.from(JSON.stringify(response.body)));
        handler.onComplete([]);
      });
    });
    handler.onConnect((reason = new Error('aborted')) => {
      this.#clock.clearTimeout(timer);
      handler.onError(reason);
    });
    return true;
  }

  #afterLatency(callback: () => void): ReturnType<VirtualClock['setTimeout']> {
    const span = MAX_LATENCY_MS - MIN_LATENCY_MS;
    return this.#clock.setTimeout(callback, MIN_LATENCY_MS + this.#random() * span);
  }
}
