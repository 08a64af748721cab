import { QuixError } from '../errors.ts';
import { ownProperties } from '../own-properties.ts';

/** Native signals that follow signals of another realm or of a polyfill. */
const followers = new WeakMap<object, AbortSignal>();

/** Returns a native signal that aborts when `signal` does. Adds one listener to each signal. */
function toNativeSignal(signal: AbortSignal): AbortSignal {
  const isNative: boolean = signal instanceof AbortSignal;
  if (isNative) return signal;
  const known = followers.get(signal);
  if (known) return known;
  const controller = new AbortController();
  const follow = (): void => {
    controller.abort(signal.reason);
  };
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  followers.set(signal, controller.signal);
  return controller.signal;
}

/** Returns whether a value can be used as a signal. Accepts signals of another realm. */
function isSignal(value: unknown): value is AbortSignal {
  try {
    const { aborted, addEventListener } = value as Partial<AbortSignal>;
    return typeof aborted === 'boolean' && typeof addEventListener === 'function';
  } catch {
    return false; // for example null, or an object that only inherits from AbortSignal
  }
}

/**
 * Checks the options of a public method. Absent options are returned as an empty object.
 *
 * @throws QuixError `QUIX_CONFIG` if they are not an object, or `signal` is not an AbortSignal
 */
export function checkCallOptions<T extends { signal?: AbortSignal | undefined }>(
  method: string,
  options: T | null | undefined,
): T {
  const fail = (problem: string, hint: string): QuixError =>
    new QuixError('QUIX_CONFIG', `The options of ${method}() ${problem}.`, { hint });
  const given: unknown = options ?? {};
  if (typeof given !== 'object') throw fail('are not an object', 'Pass an object like { signal }.');
  if (isSignal(given)) throw fail('are an AbortSignal', 'Pass the signal as { signal }.');
  const own = ownProperties(given as T);
  const signal: unknown = own.signal ?? undefined;
  if (signal === undefined || isSignal(signal)) {
    own.signal = signal && toNativeSignal(signal);
    return own;
  }
  throw fail(
    'contain a signal that is not an AbortSignal',
    'Pass the signal of an AbortController.',
  );
}
