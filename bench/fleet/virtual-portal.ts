import { Dispatcher } from 'undici';
import type { Admission } from './admission.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What `undici.request()` of undici 7 hands over; the typings call it deprecated, and all of it optional. */
interface Handler {
  onConnect(abort: (reason?: Error) => void): void;
  onHeaders(status: number, lines: Buffer[], resume: () => void, statusText: string): void;
  onData(chunk: Buffer): void;
  onComplete(trailers: string[]): void;
  onError(error: Error): void;
}

/** Each way takes between these, at random. */
const LEAST_LATENCY_MS = 5;
const MOST_LATENCY_MS = 50;

/**
 * The Portal behind a network without sockets: the `dispatcher` option of each client. A request takes
 * its time to get there and its answer to get back, by the virtual clock.
 */
export class VirtualPortal extends Dispatcher {
  readonly #admission: Admission;
  readonly #clock: VirtualClock;
  readonly #random: () => number;

  constructor(admission: Admission, clock: VirtualClock, random: () => number) {
    super();
    this.#admission = admission;
    this.#clock = clock;
    this.#random = random;
  }

  override dispatch(
    { headers }: Dispatcher.DispatchOptions,
    given: Dispatcher.DispatchHandler,
  ): boolean {
    const handler = given as unknown as Handler;
    let timer = this.#afterLatency(() => {
      const { authorization } = headers as Record<string, string>;
      const verdict = this.#admission.answer(authorization, this.#clock.now);
      timer = this.#afterLatency(() => {
        const lines = Object.entries(verdict.headers).flat();
        handler.onHeaders(
          verdict.status,
          lines.map((each) => Buffer.from(each)),
          () => undefined,
          '',
        );
        handler.onData(Buffer.from(JSON.stringify(verdict.body)));
        handler.onComplete([]);
      });
    });
    handler.onConnect((reason = new Error('aborted')) => {
      this.#clock.clearTimeout(timer);
      handler.onError(reason);
    });
    return true;
  }

  #afterLatency(then: () => void): ReturnType<VirtualClock['setTimeout']> {
    const span = MOST_LATENCY_MS - LEAST_LATENCY_MS;
    return this.#clock.setTimeout(then, LEAST_LATENCY_MS + this.#random() * span);
  }
}
