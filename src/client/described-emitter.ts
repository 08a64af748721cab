import type { InspectOptions } from 'node:util';
import type { ClientDescription } from './client-description.ts';
import { SafeEmitter, type QuixClientEvents } from './events.ts';

/** The emitter of a client. JSON and `console.log` show the description of the client. */
export abstract class DescribedEmitter extends SafeEmitter<QuixClientEvents> {
  abstract describe(): ClientDescription;

  /** Returns the result of {@link QuixStreamingClient.describe}, for `JSON.stringify()`. */
  toJSON(): ClientDescription {
    return this.describe();
  }

  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: InspectOptions,
    inspect: (value: unknown, options: InspectOptions) => string,
  ): string {
    return `QuixStreamingClient ${inspect(this.describe(), options)}`;
  }
}
